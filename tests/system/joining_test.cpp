// A cluster from nothing, as operators make one: init, invite, join; and revoke.
#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"
#include "tests/system/support/watch.hpp"

namespace berkeley::test {
namespace {

constexpr int kFailed = 1;

std::string without_newline(std::string text) {
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

// Every node has a folder of its own, as machines have /etc/berkeleyd; beside it lie NAME.sock and
// the folder of its state.
class Joining : public testing::Test {
  protected:
    void SetUp() override {
        const Outcome made =
            ctl({"init", "--name", "lab", "--node", "n1", "--expect", "2", "--address",
                 fmt::format("127.0.0.1:{}", port), "--config", config("n1")});
        ASSERT_EQ(made.code, 0) << made.err;
        particulars("n1", fmt::format("127.0.0.1:{}", port), 3);
        start("n1");
    }

    static Outcome ctl(const Arguments& words) {
        Arguments command{built("berkeleyctl")};
        command.insert(command.end(), words.begin(), words.end());
        return run(command);
    }

    std::filesystem::path etc(const std::string& name) const { return folder / ("etc-" + name); }
    std::filesystem::path config(const std::string& name) const {
        return etc(name) / "berkeleyd.toml";
    }

    // That several nodes can be on one machine, and none of them moves its clock.
    void particulars(const std::string& name, const std::string& listen, double offset_ms) const {
        const auto drop_ins = config(name).string() + ".d";
        std::filesystem::create_directories(drop_ins);
        std::ofstream(drop_ins + "/test.toml") << fmt::format(
            "listen = \"{}\"\nclock = \"simulated\"\nstep_threshold = 0.001\nsocket = \"{}\"\n"
            "state_dir = \"{}\"\n[simulated]\noffset_ms = {}\n",
            listen, (folder / (name + ".sock")).string(), (folder / name).string(), offset_ms);
    }

    void start(const std::string& name) {
        std::filesystem::remove(folder / (name + ".toml"));
        std::filesystem::create_symlink(config(name), folder / (name + ".toml"));
        std::error_code ignored;
        std::filesystem::remove(folder / (name + ".toml.d"), ignored);
        std::filesystem::create_symlink(config(name).string() + ".d", folder / (name + ".toml.d"));
        auto& node = nodes[name];
        node = std::make_unique<NodeProcess>(folder, name);
        node->start();
    }

    NodeProcess& node(const std::string& name) { return *nodes.at(name); }

    std::string invitation(const Arguments& more = {}) {
        Arguments words{"invite"};
        words.insert(words.end(), more.begin(), more.end());
        const Outcome made = node("n1").ctl(words);
        EXPECT_EQ(made.code, 0) << made.err;
        return without_newline(made.out);
    }

    Outcome join(const std::string& name, const std::string& token) const {
        return ctl({"join", "--node", name, "--config", config(name), token});
    }

    // As over a pipe, so that the token stands in no list of processes.
    Outcome join_from_stdin(const std::string& name, const std::string& token) const {
        const auto file = folder.write("token", token + "\n");
        return run({"sh", "-c", "exec \"$0\" join --node \"$1\" --config \"$2\" <\"$3\"",
                    built("berkeleyctl"), name, config(name), file});
    }

    void expect_member(const std::string& name) {
        particulars(name, fmt::format("127.0.0.1:{}", free_port()), -5);
        start(name);
        EXPECT_TRUE(node(name).synchronized(Seconds{20})) << node(name).log();
    }

    void expect_refused(const std::string& name, const std::string& token,
                        const std::string& words) const {
        const Outcome outcome = join(name, token);
        EXPECT_EQ(outcome.code, kFailed);
        EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
        EXPECT_FALSE(std::filesystem::exists(etc(name)));
    }

    // As a node tells it: "n1 n2".
    std::string candidates(const std::string& name) {
        const Outcome asked = node(name).ctl({"candidates", "--json"});
        if (asked.code != 0)
            return asked.err;
        std::string all;
        const boost::json::value roster = boost::json::parse(asked.out);
        for (const boost::json::value& each : roster.at("nodes").as_array())
            all += (all.empty() ? "" : " ") + std::string(each.at("node").as_string());
        return roster.at("in_force").as_bool() ? all : all + ", not in force";
    }

    bool lead_together(const std::vector<std::string>& names) {
        return wait_until(Seconds{40}, [&] {
            const std::string master = text(node(names[0]).status(), "master");
            return std::ranges::count(names, master) == 1 &&
                   std::ranges::all_of(names, [&](const std::string& name) {
                       const auto status = node(name).status();
                       return text(status, "state") == "synchronized" &&
                              text(status, "master") == master;
                   });
        });
    }

    TemporaryFolder folder;
    std::uint16_t port = free_port();
    std::map<std::string, std::unique_ptr<NodeProcess>> nodes;
};

TEST_F(Joining, ANodeComesInByATokenAndTheTwoAgree) {
    const Outcome joined = join_from_stdin("n2", invitation());
    ASSERT_EQ(joined.code, 0) << joined.err;
    EXPECT_NE(joined.out.find("n2 is a node of the cluster lab now"), std::string::npos);
    EXPECT_EQ(ctl({"validate", config("n2")}).out, config("n2").string() + " is good\n");
    expect_member("n2");
    EXPECT_TRUE(node("n1").synchronized(Seconds{20}));
    EXPECT_LT(spread_ns({&node("n1"), &node("n2")}), 1'000'000);
    const boost::json::array enrolled =
        boost::json::parse(node("n1").ctl({"enrolled", "--json"}).out).as_array();
    ASSERT_EQ(enrolled.size(), 1U);
    EXPECT_EQ(enrolled[0].at("node"), "n2");
    EXPECT_NE(node("n1").ctl({"invitations"}).out.find("used by n2"), std::string::npos);
}

// No other command is typed, and the master dies in between.
TEST_F(Joining, TwoWhoAreInvitedForItBecomeCandidates) {
    const std::string second = invitation({"--candidate"});
    EXPECT_NE(node("n1").ctl({"invitations"}).out.find("yes    yes        open"), std::string::npos)
        << node("n1").ctl({"invitations"}).out;
    const Outcome joined = join("n2", second);
    ASSERT_EQ(joined.code, 0) << joined.err;
    EXPECT_NE(joined.out.find("It is to be a candidate, too"), std::string::npos) << joined.out;
    expect_member("n2");
    const auto waits = [this] {
        const std::string told = node("n1").ctl({"candidates"}).out;
        return told.find("n2 is to be a candidate: it waits for another") != std::string::npos;
    };
    EXPECT_TRUE(wait_until(Seconds{20}, waits)) << node("n1").ctl({"candidates"}).out;
    EXPECT_EQ(candidates("n1"), "n1");
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return node("n1").log().find("n2 is to be a candidate, and waits") != std::string::npos;
    }));
    node("n1").kill();
    start("n1");
    const Outcome last = join("n3", invitation({"--candidate"}));
    ASSERT_EQ(last.code, 0) << last.err;
    expect_member("n3");
    for (const char* name : {"n1", "n2", "n3"})
        EXPECT_TRUE(wait_until(Seconds{60}, [&] { return candidates(name) == "n1 n2 n3"; }))
            << name << ": " << node(name).ctl({"candidates"}).out;
    EXPECT_TRUE(lead_together({"n1", "n2", "n3"})) << node("n1").ctl({"status"}).out;
    EXPECT_EQ(text(node("n3").status(), "master"), "n1");
    const Outcome more = node("n1").ctl({"invite", "--candidate"});
    EXPECT_EQ(more.code, kFailed);
    EXPECT_NE(more.err.find("one candidate's word is not enough"), std::string::npos) << more.err;
    EXPECT_EQ(node("n1").ctl({"invite"}).code, 0);
    EXPECT_EQ(node("n1").log().find("stays a member"), std::string::npos) << node("n1").log();
    node("n1").stop();
    EXPECT_TRUE(lead_together({"n2", "n3"})) << node("n2").ctl({"status"}).out;
}

// As README.md has it.
TEST_F(Joining, TheFirstLeadsOnWhileTwoBecomeCandidates) {
    ASSERT_EQ(join("n2", invitation({"--candidate"})).code, 0);
    expect_member("n2");
    ASSERT_EQ(join("n3", invitation({"--candidate"})).code, 0);
    particulars("n3", fmt::format("127.0.0.1:{}", free_port()), 4);
    start("n3");
    Watch watch({&node("n1"), &node("n2"), &node("n3")});
    for (const char* name : {"n1", "n2", "n3"})
        EXPECT_TRUE(wait_until(Seconds{60}, [&] { return candidates(name) == "n1 n2 n3"; }))
            << name << ": " << node(name).ctl({"candidates"}).out;
    std::this_thread::sleep_for(Seconds{5});
    watch.end();
    EXPECT_TRUE(watch.always_led_by("n1")) << watch.account();
    for (const char* name : {"n1", "n2", "n3"}) {
        EXPECT_EQ(number(node(name).status(), "term"), 1) << name;
        EXPECT_EQ(node(name).log().find("fell silent"), std::string::npos) << node(name).log();
    }
}

TEST_F(Joining, ARevokedNodeIsPutOutAndSaysSo) {
    ASSERT_EQ(join("n2", invitation()).code, 0);
    expect_member("n2");
    ASSERT_EQ(node("n1").ctl({"revoke", "n2"}).code, 0);
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return node("n2").ctl({"status"}).out.find("revoked") != std::string::npos;
    })) << node("n2").ctl({"status"}).out;
    EXPECT_TRUE(wait_until(Seconds{20}, [this] { return node("n2").state() != "synchronized"; }));
    EXPECT_NE(node("n1").ctl({"enrolled"}).out.find("revoked"), std::string::npos);
    // Also after a restart of both: it was saved.
    node("n2").stop();
    node("n1").stop();
    start("n1");
    start("n2");
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return node("n2").ctl({"status"}).out.find("revoked") != std::string::npos;
    })) << node("n2").ctl({"status"}).out;
}

// As berkeleyd(8) tells. The old key is of no use any more; the clock goes on.
TEST_F(Joining, AKeyIsReplacedWhileTheClusterRuns) {
    ASSERT_EQ(join("n2", invitation()).code, 0);
    expect_member("n2");
    constexpr std::array kOwn{"node.key", "node.cert"};
    for (const char* file : kOwn)
        std::filesystem::copy_file(etc("n2") / file, folder / file);
    ASSERT_EQ(node("n1").ctl({"revoke", "n2"}).code, 0);
    ASSERT_EQ(node("n2").stop(), 0);
    for (const char* file : {"berkeleyd.toml", "node.key", "node.cert"})
        std::filesystem::remove(etc("n2") / file);
    const Outcome joined = join("n2", invitation());
    ASSERT_EQ(joined.code, 0) << joined.err;
    start("n2");
    EXPECT_TRUE(node("n2").synchronized(Seconds{20})) << node("n2").log();
    EXPECT_NE(ctl({"key", "--public", etc("n2") / "node.key"}).out,
              ctl({"key", "--public", folder / "node.key"}).out);
    EXPECT_EQ(number(node("n1").status(), "term"), 1);
    EXPECT_EQ(number(node("n1").status(), "epoch"), 1);
    EXPECT_LT(spread_ns({&node("n1"), &node("n2")}), 1'000'000);
    ASSERT_EQ(node("n2").stop(), 0);
    for (const char* file : kOwn) {
        std::filesystem::copy_file(folder / file, etc("n2") / file,
                                   std::filesystem::copy_options::overwrite_existing);
    }
    start("n2");
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return node("n2").ctl({"status"}).out.find("revoked") != std::string::npos;
    })) << node("n2").ctl({"status"}).out;
}

TEST_F(Joining, AnInvitationIsForOneNode) {
    const std::string token = invitation();
    ASSERT_EQ(join("n2", token).code, 0);
    expect_refused("n3", token, "used already");
    expect_refused("n2b", invitation({"--expires", "1s"}).substr(0, 60), "cut short or mistyped");
}

TEST_F(Joining, AnInvitationExpires) {
    const std::string token = invitation({"--expires", "1s"});
    std::this_thread::sleep_for(Seconds{1.5});
    expect_refused("n2", token, "expired");
}

TEST_F(Joining, ANameIsForOneKey) {
    ASSERT_EQ(join("n2", invitation()).code, 0);
    std::filesystem::rename(etc("n2"), etc("old"));
    expect_refused("n2", invitation(), "another node has this name");
    ASSERT_EQ(node("n1").ctl({"revoke", "n2"}).code, 0);
    EXPECT_EQ(join("n2", invitation()).code, 0);
    expect_member("n2");
}

TEST_F(Joining, SpoiltTokensChangeNoFile) {
    const std::string token = invitation();
    std::string mistyped = token;
    mistyped[100] = mistyped[100] == 'x' ? 'y' : 'x';
    expect_refused("n2", mistyped, "cut short or mistyped");
    expect_refused("n2", token.substr(0, token.size() - 1), "cut short or mistyped");
    expect_refused("n2", without_newline(ctl({"key", "--public", etc("n1") / "node.key"}).out),
                   "this is a public key, not an invitation");
    EXPECT_EQ(join("n2", token).code, 0);  // and it was not used up
}

// A candidate of the same name and address, but another cluster: it knows no such invitation.
TEST_F(Joining, AForeignTokenIsNotAnswered) {
    const std::string token = invitation();
    node("n1").stop();
    std::filesystem::remove_all(etc("n1"));
    std::filesystem::remove_all(folder / "n1");
    SetUp();
    const Outcome outcome = join("n2", token);
    EXPECT_NE(outcome.code, 0);
    EXPECT_FALSE(std::filesystem::exists(etc("n2")));
    EXPECT_NE(outcome.err.find("n1"), std::string::npos) << outcome.err;
}

TEST_F(Joining, OnlyACandidateInvitesAndOnlyForThosePermitted) {
    ASSERT_EQ(join("n2", invitation()).code, 0);
    expect_member("n2");
    const Outcome by_member = node("n2").ctl({"invite"});
    EXPECT_EQ(by_member.code, kFailed);
    EXPECT_NE(by_member.err.find("n1"), std::string::npos) << by_member.err;
    BERKELEYD_REQUIRE(is_root(), "needs root to be another user");
    chmod(folder.path().c_str(), 0755);
    for (const char* verb : {"invite", "revoke"}) {
        Arguments command{
            "setpriv",  "--reuid",           "nobody", "--clear-groups", built("berkeleyctl"),
            "--socket", node("n1").socket(), verb};
        if (verb == std::string_view("revoke"))
            command.emplace_back("n2");
        EXPECT_EQ(run(command).code, 4) << verb;
    }
    EXPECT_EQ(node("n2").state(), "synchronized");
}

}  // namespace
}  // namespace berkeley::test
