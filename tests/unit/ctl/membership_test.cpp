// The verbs about who belongs to the cluster: those on files, and those that ask the daemon.
#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/config_files.hpp"
#include "daemon/files/identity.hpp"
#include "daemon/platform/roster_file.hpp"
#include "tests/support/sample_trust.hpp"
#include "tests/unit/ctl/ctl_fixture.hpp"

namespace berkeley {
namespace {

const std::string kMemberKey = to_text(test::secret_key(test::kMemberSeed).public_key());

std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

Config config_in(const std::filesystem::path& file) {
    const auto config = parse_config(read_config_files(file).value(), config_defaults());
    EXPECT_TRUE(config) << to_string(config.error().front());
    return *config;
}

class Membership : public Ctl {
  protected:
    Outcome init(const std::string& more) {
        return run(fmt::format("init --name lab --config {} {}", config.native(), more));
    }

    std::filesystem::path config = folder / "etc/b.toml";
    std::filesystem::path key = folder / "etc/node.key";
};

TEST_F(Membership, AKeyIsPrivateAndMadeOnce) {
    const std::string file = (folder / "key").native();
    const Outcome made = run("key " + file, "umask 777;");
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_TRUE(parse_public_key(made.out));
    struct stat found{};
    ASSERT_EQ(stat(file.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0600U);
    const std::string text = slurp(file);
    EXPECT_EQ(parse_secret_key(text)->public_key(), *parse_public_key(made.out));
    EXPECT_EQ(run("key --public " + file).out, made.out);
    EXPECT_EQ(boost::json::parse(run("key --json --public " + file).out).at("key"),
              boost::json::string(trimmed(made.out)));
    const Outcome again = run("key " + file);
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.err.find("never overwritten"), std::string::npos);
    EXPECT_EQ(slurp(file), text);
    EXPECT_NE(run("key " + (folder / "other").native()).out, made.out);
    EXPECT_EQ(run("key --public " + (folder / "none").native()).code, 1);
    chmod(file.c_str(), 0640);
    EXPECT_EQ(run("key --public " + file).code, 1);
}

TEST_F(Membership, TheFirstNodeIsItsOwnCandidate) {
    const Outcome made = init("--node node1 --address '[2001:db8::1]:99' --expect 5");
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_TRUE(made.out.starts_with("node1 is the first node of the cluster lab, and its master"));
    for (const char* next : {"systemctl enable --now berkeleyd", "berkeleyctl invite"})
        EXPECT_NE(made.out.find(next), std::string::npos) << next;
    const Config parsed = config_in(config);
    EXPECT_EQ(parsed.node.name, "node1");
    EXPECT_EQ(parsed.node.cluster, "lab");
    EXPECT_EQ(parsed.candidates, (std::vector<CandidateAddress>{{"node1", "2001:db8::1", 99}}));
    EXPECT_EQ(parsed.listen, (std::vector<ListenAddress>{{"::", 99}}));
    EXPECT_EQ(parsed.node.expect, std::optional<std::size_t>(5));
    EXPECT_TRUE(read_identity(parsed));
    EXPECT_EQ(run("validate " + config.native()).out,
              config.native() + " is good\nnote: this node is the master\n");
}

TEST_F(Membership, InitOverwritesNothing) {
    ASSERT_EQ(init("--node node1 --address 192.0.2.1").code, 0);
    const std::string before = slurp(key) + slurp(config);
    EXPECT_EQ(init("--node node1 --address 192.0.2.1").code, 1);
    EXPECT_EQ(slurp(key) + slurp(config), before);
    std::filesystem::remove(key);
    const Outcome outcome = init("--node node1 --address 192.0.2.1");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find(config.native()), std::string::npos) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(key));
}

// What an earlier beginning left: another key of node1.
TEST_F(Membership, InitRefusesTheStateOfAnotherCluster) {
    const auto state = folder / "state";
    std::filesystem::create_directories(config.native() + ".d");
    std::filesystem::create_directory(state);
    std::ofstream(config.native() + ".d/state.toml") << "state_dir = '" << state.native() << "'\n";
    ASSERT_EQ(init("--node node1 --address 192.0.2.1").code, 0);
    ASSERT_TRUE(
        store_roster(state / "roster.json", {{config_in(config).configured, {}}, std::nullopt}));
    EXPECT_EQ(run("validate " + config.native()).code, 0);
    std::filesystem::remove(config);
    std::filesystem::remove(key);
    const Outcome again = init("--node node1 --address 192.0.2.1");
    EXPECT_EQ(again.code, 1);
    EXPECT_TRUE(again.err.starts_with("berkeleyctl: " + (state / "roster.json").native() +
                                      " is of another cluster than this lab, or of an earlier"))
        << again.err;
    EXPECT_NE(again.err.find("move " + state.native() + " away"), std::string::npos) << again.err;
    EXPECT_FALSE(std::filesystem::exists(config));
    EXPECT_FALSE(std::filesystem::exists(key));
    std::filesystem::rename(state, folder / "old");
    ASSERT_EQ(init("--node node1 --address 192.0.2.1").code, 0);
    std::filesystem::rename(folder / "old", state);
    const Outcome bad = run("validate " + config.native());
    EXPECT_EQ(bad.code, 1);
    EXPECT_EQ(bad.out.find("is good"), std::string::npos) << bad.out;
    EXPECT_NE(bad.err.find("is of another cluster than this lab"), std::string::npos) << bad.err;
}

TEST_F(Membership, ValidateGoesByTheRosterThatIsHeld) {
    const auto state = folder / "state";
    std::filesystem::create_directories(config.native() + ".d");
    std::filesystem::create_directory(state);
    std::ofstream(config.native() + ".d/state.toml") << "state_dir = '" << state.native() << "'\n";
    ASSERT_EQ(init("--node node1 --address 192.0.2.1").code, 0);
    const Config own = config_in(config);
    const auto identity = read_identity(own);
    const TokenCandidate other{test::name("node2"), "192.0.2.2", 10525,
                               test::secret_key(test::kMemberSeed).public_key()};
    const RosterChange change = next_change(own.configured, "lab", RosterStep::promote, other);
    ASSERT_TRUE(store_roster(
        state / "roster.json",
        {{own.configured, {{change, {{0, sign(change, identity->key, "lab")}}}}}, std::nullopt}));
    const std::string good = run("validate " + config.native()).out;
    EXPECT_NE(good.find("one of 2 candidates by roster 1"), std::string::npos) << good;
    EXPECT_EQ(good.find("is the master"), std::string::npos) << good;
    // node2, by that roster, needs no certificate.
    std::ofstream(config.native() + ".d/name.toml") << "name = 'node2'\n";
    std::ofstream(key) << secret_text(test::secret_key(test::kMemberSeed)).view();
    const Outcome promoted = run("validate " + config.native());
    EXPECT_EQ(promoted.code, 0) << promoted.err;
    EXPECT_EQ(run("certify node3 " + kMemberKey + " --config " + config.native()).code, 0);
}

TEST_F(Membership, InitChecksWhatItIsTold) {
    for (const char* bad : {"--node 'a b'", "--node node1 --address 2001:db8::1",
                            "--node node1 --address a:0", "--node node1 --address a --expect 0"}) {
        EXPECT_EQ(init(bad).code, 2) << bad;
    }
    EXPECT_EQ(run("init --name 'l b' --config " + config.native()).code, 2);
    EXPECT_EQ(run("init --config " + config.native()).code, 2);
    EXPECT_FALSE(std::filesystem::exists(config.parent_path()));
}

TEST_F(Membership, InitGuessesAnAddressOnlyIfThereIsOne) {
    if (std::system("unshare -n true 2>/dev/null") != 0)
        GTEST_SKIP() << "needs a network namespace of its own";
    const auto with = [this](const std::string& addresses) {
        std::filesystem::remove_all(config.parent_path());
        return run(fmt::format("init --name lab --node node1 --config {}", config.native()),
                   "unshare -n -- sh -c 'ip link add net0 type veth; ip link set net0 up; " +
                       addresses + " exec \"$@\"' sh");
    };
    const Outcome one = with(
        "ip address add 192.0.2.7/24 dev net0; "
        "ip address add 169.254.1.1/16 dev net0;");
    ASSERT_EQ(one.code, 0) << one.err;
    EXPECT_EQ(config_in(config).candidates.front().host, "192.0.2.7");
    const Outcome two = with(
        "ip address add 192.0.2.7/24 dev net0; "
        "ip address add 198.51.100.7/24 dev net0;");
    EXPECT_EQ(two.code, 2);
    EXPECT_NE(two.err.find("several addresses (192.0.2.7, 198.51.100.7): say where the others "
                           "reach it, --address HOST"),
              std::string::npos)
        << two.err;
    const Outcome none = with("");
    EXPECT_EQ(none.code, 2);
    EXPECT_NE(none.err.find("no address"), std::string::npos) << none.err;
}

TEST_F(Membership, ACandidateCertifiesAKey) {
    ASSERT_EQ(init("--node node1 --address 192.0.2.1").code, 0);
    const std::string more = " --config " + config.native();
    const Outcome made = run("certify --no-voting node3 " + kMemberKey + more);
    ASSERT_EQ(made.code, 0) << made.err;
    const auto certificate = parse_certificate(made.out);
    ASSERT_TRUE(certificate);
    EXPECT_FALSE(certificate->certificate.votes);
    EXPECT_TRUE(verify(certificate->certificate, "lab", "node3", config_in(config).candidate_keys));
    EXPECT_EQ(certificate->certificate.key, test::secret_key(test::kMemberSeed).public_key());
    const auto again = parse_certificate(run("certify node3 " + kMemberKey + more).out);
    EXPECT_TRUE(again->certificate.votes);
    EXPECT_NE(again->certificate.serial, certificate->certificate.serial);

    const Outcome candidate = run("certify node1 " + kMemberKey + more);
    EXPECT_EQ(candidate.code, 1);
    EXPECT_NE(candidate.err.find("needs no certificate"), std::string::npos) << candidate.err;
    EXPECT_EQ(run("certify 'a b' " + kMemberKey + more).code, 1);
    const Outcome no_key = run("certify node3 " + trimmed(made.out) + more);
    EXPECT_NE(no_key.err.find("this is a certificate, not a public key"), std::string::npos);
}

TEST_F(Membership, OnlyACandidateCertifies) {
    ASSERT_EQ(init("--node node1 --address 192.0.2.1").code, 0);
    std::filesystem::create_directory(config.native() + ".d");
    std::ofstream(config.native() + ".d/name.toml") << "name = 'node2'\n";
    const Outcome member = run("certify node3 " + kMemberKey + " --config " + config.native());
    EXPECT_EQ(member.code, 1);
    EXPECT_NE(member.err.find("node2 is no candidate of lab"), std::string::npos) << member.err;
    std::filesystem::remove_all(config.native() + ".d");
    std::filesystem::remove(key);
    ASSERT_EQ(run("key " + key.native()).code, 0);  // another one than the pinned
    const Outcome other = run("certify node3 " + kMemberKey + " --config " + config.native());
    EXPECT_EQ(other.code, 1);
    EXPECT_NE(other.err.find("[keys] has "), std::string::npos) << other.err;
}

// ---- verbs that ask the daemon

TEST_F(Membership, AnInvitationIsAloneOnStandardOutput) {
    ServerThread server;
    const Outcome made = run(server, "invite --expires 90m");
    EXPECT_EQ(made.code, 0);
    EXPECT_EQ(made.out, "berkeleyd-invitation-1:x\n");
    EXPECT_EQ(made.err,
              "One node can join by this, within 90 min. On that machine, run berkeleyctl join,\n"
              "and give it this line:\n");
    const auto lasts = [&](const std::string& arguments) {
        return boost::json::parse(run(server, "invite --json " + arguments).out).at("expires_s");
    };
    EXPECT_EQ(lasts(""), 3600);
    EXPECT_EQ(lasts("--expires 7d"), 604'800);
    EXPECT_EQ(lasts("--expires 1"), 1);
    for (const char* bad : {"0", "8d", "1y", "-1h", "x", "''", "nan"})
        EXPECT_EQ(run(server, "invite --expires " + std::string(bad)).code, 2) << bad;
}

TEST_F(Membership, AnInvitationMayBeForACandidateWhichVotes) {
    ServerThread server;
    const Outcome made = run(server, "invite --candidate");
    EXPECT_EQ(made.out, "berkeleyd-invitation-1:x\n");
    EXPECT_EQ(made.err,
              "One node can join by this, within 1 h, and is then to be a candidate: as soon as\n"
              "there are two such nodes, both become it by themselves. On that machine, run\n"
              "berkeleyctl join, and give it this line:\n");
    const Outcome without = run(server, "invite --candidate --no-voting");
    EXPECT_EQ(without.code, 2);
    EXPECT_NE(without.err.find("a candidate's clock has a vote"), std::string::npos) << without.err;
}

TEST_F(Membership, ANodeIsRevokedByNameOrKey) {
    ServerThread server;
    const std::string said =
        "node3 belongs to the cluster no more; from now on its key is "
        "refused:\n  " +
        kMemberKey + "\n";
    EXPECT_EQ(run(server, "revoke node3").out, said);
    EXPECT_EQ(run(server, "revoke " + kMemberKey).out, said);
    EXPECT_EQ(run(server, "revoke 'a b'").code, 2);
    const Outcome spoilt = run(server, "revoke " + kMemberKey.substr(0, 40));
    EXPECT_EQ(spoilt.code, 2);
    EXPECT_NE(spoilt.err.find("cut short or mistyped"), std::string::npos) << spoilt.err;
}

TEST_F(Membership, WhatTheDaemonDoesNotDoIsTold) {
    ServerThread server({}, {}, "this node is no candidate: ask on node1");
    for (const char* verb : {"invite", "revoke node3"}) {
        const Outcome outcome = run(server, verb);
        EXPECT_EQ(outcome.code, 1) << verb;
        EXPECT_EQ(outcome.err, "berkeleyctl: not done: this node is no candidate: ask on node1\n");
    }
}

TEST_F(Membership, AChangeOfTheCandidatesIsToldWhenItIsDone) {
    FakeSource source;
    source.roster.serial = 3;
    ServerThread server(source);
    const Outcome promoted = run(server, "promote n4");
    EXPECT_EQ(promoted.code, 0) << promoted.err;
    EXPECT_TRUE(promoted.out.starts_with("n4 is a candidate now\nRoster 3\nCANDIDATE"))
        << promoted.out;
    EXPECT_TRUE(run(server, "retire n4").out.starts_with("n4 is no candidate any more\nRoster 3"));
    EXPECT_EQ(boost::json::parse(run(server, "promote n4 --json").out).at("serial"), 3);
    // It is signed, and yet to be taken up here: nothing is waited for that has words.
    source.roster.in_force = false;
    ServerThread slow(source);
    const Outcome waited =
        run("promote n4 --socket " + slow.path().native(), "timeout --preserve-status 1");
    EXPECT_EQ(waited.err, "");
}

TEST_F(Membership, WhoWasLetInIsATable) {
    ServerThread server;
    EXPECT_EQ(run(server, "invitations").out,
              "invitation        votes  candidate  state\n"
              "00000000000000ab  yes    yes        open for 1 h\n"
              "00000000000000cd  no     no         used by node3\n");
    const std::string enrolled = run(server, "enrolled").out;
    EXPECT_TRUE(
        enrolled.starts_with("node   votes  state     key\n"
                             "node3  yes    enrolled  " +
                             kMemberKey + "\nnode4  no     revoked   berkeleyd-key-1:"))
        << enrolled;
    EXPECT_EQ(boost::json::parse(run(server, "enrolled --json").out).at(0).at("node"), "node3");
    EXPECT_EQ(boost::json::parse(run(server, "invitations --json").out).at(1).at("used_by"),
              "node3");
}

}  // namespace
}  // namespace berkeley
