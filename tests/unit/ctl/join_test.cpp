// berkeleyctl join, against a candidate that is made up.
#include <algorithm>
#include <atomic>
#include <future>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <pty.h>
#include <sys/stat.h>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/config_files.hpp"
#include "daemon/files/identity.hpp"
#include "daemon/platform/roster_file.hpp"
#include "tests/unit/ctl/ctl_fixture.hpp"
#include "tests/unit/ctl/fake_candidate.hpp"

namespace berkeley {
namespace {

std::vector<Datagram> admitted(const FakeCandidate& candidate, const Enrol& enrol) {
    return {candidate.sealed(enrol, FakeCandidate::admission(enrol))};
}

FakeCandidate::Answers refusing(EnrolOutcome outcome) {
    return [outcome](const FakeCandidate& candidate, const Enrol& enrol) {
        return std::vector{candidate.sealed(enrol, Admission{enrol.nonce, outcome, {}})};
    };
}

class CtlJoin : public Ctl {
  protected:
    Outcome join(const std::string& arguments, const std::string& before = "") {
        return run(fmt::format("join --node node3 --config {} {}", config.native(), arguments),
                   before);
    }

    Outcome join(const FakeCandidate& candidate) { return join(to_text(candidate.token)); }

    // Not a file, not even a folder.
    void expect_nothing_written() const {
        EXPECT_FALSE(std::filesystem::exists(config.parent_path()));
    }

    std::filesystem::path config = folder / "etc/b.toml";
    std::filesystem::path key = folder / "etc/node.key";
};

TEST_F(CtlJoin, WritesWhatTheDaemonNeeds) {
    const FakeCandidate candidate(admitted);
    const Outcome outcome = join(candidate);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.starts_with("node3 is a node of the cluster lab now:\n"));
    EXPECT_NE(outcome.out.find("systemctl enable --now berkeleyd\n"), std::string::npos);
    struct stat found{};
    ASSERT_EQ(stat(key.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0600U);
    const auto parsed = parse_config(read_config_files(config).value(), config_defaults());
    ASSERT_TRUE(parsed) << to_string(parsed.error().front());
    EXPECT_EQ(parsed->node.name, "node3");
    EXPECT_EQ(parsed->candidates.front().port, candidate.token.candidates.front().port);
    const auto identity = read_identity(*parsed);
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->certificate->serial, 99U);
    EXPECT_EQ(outcome.out.find(slurp(key)), std::string::npos);
}

TEST_F(CtlJoin, RefusesTheStateOfAnotherClusterBeforeItsInvitationIsUsed) {
    std::atomic<int> asked = 0;
    const FakeCandidate candidate([&asked](const FakeCandidate& self, const Enrol& enrol) {
        ++asked;
        return admitted(self, enrol);
    });
    std::filesystem::create_directories(config.native() + ".d");
    std::ofstream(config.native() + ".d/state.toml")
        << "state_dir = '" << folder.operator/("").native() << "'\n";
    const TokenCandidate other{test::name("node1"), "192.0.2.1", 10525,
                               test::secret_key(55).public_key()};
    ASSERT_TRUE(store_roster(folder / "roster.json", {{{0, {other}, {}}, {}}, std::nullopt}));
    const Outcome refused = join(candidate);
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("is of another cluster than this lab"), std::string::npos)
        << refused.err;
    EXPECT_FALSE(std::filesystem::exists(config));
    EXPECT_EQ(asked, 0);
    std::filesystem::remove(folder / "roster.json");
    EXPECT_EQ(join(candidate).code, 0);
}

TEST_F(CtlJoin, SaysThatTheNodeIsToBeACandidate) {
    const FakeCandidate candidate(admitted);
    Token token = candidate.token;
    EXPECT_EQ(join(candidate).out.find("is to be a candidate"), std::string::npos);
    std::filesystem::remove_all(config.parent_path());
    token.candidate = true;
    const Outcome told = join(to_text(token));
    ASSERT_EQ(told.code, 0) << told.err;
    EXPECT_NE(told.out.find("It is to be a candidate, too, and becomes one by itself"),
              std::string::npos)
        << told.out;
    std::filesystem::remove_all(config.parent_path());
    EXPECT_EQ(boost::json::parse(join("--json " + to_text(token)).out).at("candidate"), true);
}

TEST_F(CtlJoin, TakesTheTokenFromAFileOrFromStandardInput) {
    const FakeCandidate candidate(admitted);
    std::ofstream(folder / "token") << to_text(candidate.token) << "\n";
    const std::string file = (folder / "token").native();
    EXPECT_EQ(join("--file " + file).code, 0);
    std::filesystem::remove_all(config.parent_path());
    const Outcome piped = join("--json <" + file);
    EXPECT_EQ(piped.code, 0) << piped.err;
    const auto json = boost::json::parse(piped.out);
    EXPECT_EQ(json.at("node"), "node3");
    EXPECT_EQ(json.at("votes"), true);
    EXPECT_EQ(json.at("key_file"), boost::json::string(key.native()));
    std::filesystem::remove_all(config.parent_path());
    EXPECT_EQ(join("--file " + file + ".none").code, 1);
    EXPECT_EQ(join("</dev/null").code, 1);
    EXPECT_EQ(join("x --file " + file).code, 2);
    expect_nothing_written();
}

TEST_F(CtlJoin, DoesNotShowTheTokenOnATerminal) {
    const FakeCandidate candidate(admitted);
    const std::string token = to_text(candidate.token);
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
        execl(berkeleyctl().c_str(), "berkeleyctl", "join", "--node", "node3", "--config",
              config.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }
    std::string shown;
    std::array<char, 1000> bytes{};
    const auto read_on = [&] {
        const ssize_t got = read(terminal, bytes.data(), bytes.size());
        shown.append(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return got > 0;
    };
    while (shown.find("not shown): ") == std::string::npos && read_on()) {
    }
    ASSERT_EQ(write(terminal, (token + "\n").data(), token.size() + 1),
              static_cast<ssize_t>(token.size() + 1));
    while (read_on()) {
    }
    int status = 0;
    waitpid(child, &status, 0);
    close(terminal);
    EXPECT_EQ(WEXITSTATUS(status), 0) << shown;
    EXPECT_NE(shown.find("node3 is a node"), std::string::npos) << shown;
    EXPECT_EQ(shown.find(token.substr(30, 20)), std::string::npos);
}

TEST_F(CtlJoin, SaysWhyTheCandidateDoesNotWantIt) {
    for (const EnrolOutcome outcome :
         {EnrolOutcome::used, EnrolOutcome::expired, EnrolOutcome::unknown,
          EnrolOutcome::name_taken, EnrolOutcome::refused}) {
        const FakeCandidate candidate(refusing(outcome));
        const Outcome told = join(candidate);
        EXPECT_EQ(told.code, 1);
        EXPECT_EQ(told.err, fmt::format("berkeleyctl: node1 does not let this node in: {}\n",
                                        to_text(outcome)));
    }
    expect_nothing_written();
}

TEST_F(CtlJoin, BelievesNobodyWithoutTheSecret) {
    const FakeCandidate candidate([](const FakeCandidate& self, const Enrol& enrol) {
        InvitationSecret other;
        other.bytes.fill(8);
        Admission stale = FakeCandidate::admission(enrol);
        stale.nonce ^= 1;
        const Admission refused{enrol.nonce, EnrolOutcome::used, {}};
        Datagram short_of_one = self.sealed(enrol, refused);
        short_of_one.back() ^= 1;
        return std::vector{self.sealed(enrol, refused, other),
                           self.sealed(enrol, stale),
                           short_of_one,
                           self.sealed(enrol, Leave{}),
                           Datagram{},
                           self.sealed(enrol, FakeCandidate::admission(enrol))};
    });
    EXPECT_EQ(join(candidate).code, 0);
}

TEST_F(CtlJoin, BelievesNobodyWithoutTheCandidatesKey) {
    const FakeCandidate candidate([](const FakeCandidate& self, const Enrol& enrol) {
        return std::vector{self.sealed(enrol, FakeCandidate::admission(enrol, 55))};
    });
    const Outcome outcome = join(candidate);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("not node1's key"), std::string::npos) << outcome.err;
    const FakeCandidate another([](const FakeCandidate& self, const Enrol& enrol) {
        Enrol other = enrol;
        other.key = test::secret_key(77).public_key();  // a certificate for somebody else's key
        return std::vector{self.sealed(enrol, FakeCandidate::admission(other))};
    });
    EXPECT_EQ(join(another).code, 1);
    expect_nothing_written();
}

TEST_F(CtlJoin, ASpoiltTokenAsksNobodyAndChangesNothing) {
    const FakeCandidate candidate(admitted);
    const std::string good = to_text(candidate.token);
    std::string mistyped = good;
    mistyped[60] = mistyped[60] == 'A' ? 'B' : 'A';
    std::string later = good;
    later.replace(later.find("-1:"), 3, "-2:");
    const std::vector<std::pair<std::string, std::string>> cases = {
        {mistyped, "cut short or mistyped"},
        {good.substr(0, good.size() - 5), "cut short or mistyped"},
        {later, "a later version of berkeleyd"},
        {to_text(test::sample_certificate()), "this is a certificate, not an invitation"},
        {"hello", "this is not an invitation"},
        {std::string(5000, 'x'), "this is not an invitation"}};
    for (const auto& [token, words] : cases) {
        const Outcome outcome = join(token);
        EXPECT_EQ(outcome.code, 1);
        EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
    }
    EXPECT_EQ(candidate.questions(), 0);
    expect_nothing_written();
}

TEST_F(CtlJoin, WhatCannotBeWrittenCostsNoInvitation) {
    const FakeCandidate candidate(admitted);
    const std::string token = to_text(candidate.token);
    EXPECT_EQ(run(fmt::format("join --config {}/none/such/b.toml {}", config.native(), token)).code,
              1);
    std::filesystem::create_directory(config.parent_path());
    std::ofstream(key) << "mine\n";
    const Outcome outcome = join(token);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("a member already"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("To start over"), std::string::npos);
    EXPECT_EQ(slurp(key), "mine\n");
    EXPECT_FALSE(std::filesystem::exists(config));
    EXPECT_EQ(join("--node node1 " + token).code, 2);  // --node is there twice
    EXPECT_EQ(candidate.questions(), 0);
}

TEST_F(CtlJoin, NamesAreChecked) {
    const FakeCandidate candidate(admitted);
    const std::string rest =
        fmt::format(" --config {} {}", config.native(), to_text(candidate.token));
    const Outcome taken = run("join --node node1" + rest);
    EXPECT_EQ(taken.code, 1);
    EXPECT_NE(taken.err.find("is the name of a candidate"), std::string::npos) << taken.err;
    EXPECT_EQ(run("join --node 'a b'" + rest).code, 2);
    EXPECT_EQ(candidate.questions(), 0);
    expect_nothing_written();
}

TEST_F(CtlJoin, AsksAgainAndGivesUpInTheEnd) {
    const FakeCandidate silent(
        [](const FakeCandidate&, const Enrol&) { return std::vector<Datagram>{}; });
    TemporaryFolder beside;
    auto refused = std::async(std::launch::async, [&] {
        Token token = silent.token;
        token.candidates.front().port = 1;  // nobody's
        const std::string command =
            fmt::format("{} join --node x --config {} {} 2>{}", berkeleyctl().native(),
                        (beside / "b.toml").native(), to_text(token), (beside / "err").native());
        const int status = std::system(command.c_str());
        return std::pair(WEXITSTATUS(status), slurp(beside / "err"));
    });
    const Outcome outcome = join(silent);
    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("firewall"), std::string::npos) << outcome.err;
    EXPECT_GE(silent.questions(), 25);
    EXPECT_LE(silent.questions(), 31);
    const auto [code, words] = refused.get();
    EXPECT_EQ(code, 3);
    EXPECT_NE(words.find("nobody listens at node1, at 127.0.0.1 UDP port 1: "), std::string::npos)
        << words;
    expect_nothing_written();
}

TEST_F(CtlJoin, CanBeInterrupted) {
    const FakeCandidate silent(
        [](const FakeCandidate&, const Enrol&) { return std::vector<Datagram>{}; });
    const Outcome outcome = join(to_text(silent.token), "timeout -s INT --preserve-status 1");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("interrupted"), std::string::npos) << outcome.err;
    expect_nothing_written();
}

}  // namespace
}  // namespace berkeley
