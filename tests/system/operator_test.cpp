// What an operator may tell a daemon to do, and who is one.
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

constexpr int kNotPermitted = 4;

class Operator : public testing::Test {
  protected:
    explicit Operator(double step_threshold = 0.5)
        : cluster({.nodes = {{.name = "n1"}, {.name = "n2", .offset_ms = 400}},
                   .step_threshold = step_threshold}) {}

    static std::int64_t offset_of(const NodeProcess& node) {
        return number(node.status(), "offset_ns");
    }

    Cluster cluster;
    NodeProcess& master = cluster["n1"];
    NodeProcess& member = cluster["n2"];
};

// 0.4 s of slewing take some 20 s.
TEST_F(Operator, StepsAClockOntoClusterTimeInMidSlew) {
    member.start();
    const Outcome early = member.ctl({"step"});
    EXPECT_EQ(early.code, 1);
    EXPECT_EQ(early.err, "berkeleyctl: not done: there is no cluster time here yet\n");

    master.start();
    ASSERT_TRUE(wait_until(Seconds{10}, [this] {
        const auto status = member.status();
        return !status.at("offset_ns").is_null() && std::abs(offset_of(member)) > 1'000'000;
    }));
    std::this_thread::sleep_for(Seconds{2.3});
    const std::int64_t before = offset_of(member);
    ASSERT_GT(std::abs(before), 50'000'000);
    const Outcome outcome = member.ctl({"step", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const std::int64_t stepped = number(boost::json::parse(outcome.out).as_object(), "stepped_ns");
    EXPECT_NEAR(static_cast<double>(stepped), static_cast<double>(-before), 5e6);
    EXPECT_LT(std::abs(offset_of(member)), 1'000'000);
    EXPECT_EQ(member.state(), "synchronized");
    EXPECT_NE(member.log().find("asked for by the operator"), std::string::npos);
    EXPECT_NE(member.log().find("asked to step by user"), std::string::npos);

    const Outcome again = member.ctl({"step"});
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.err.find("there is nothing to step"), std::string::npos) << again.err;
    ASSERT_EQ(master.ctl({"step"}).code, 0);  // its own clock: cluster time stays where it is
    EXPECT_LT(spread_ns(cluster), 1'000'000);
    std::this_thread::sleep_for(Seconds{3});
    for (const NodeProcess* node : {&master, &member}) {
        EXPECT_EQ(node->state(), "synchronized");  // its own step is no foreign hand
        EXPECT_EQ(number(node->tracking(), "foreign_sets"), 0);
    }
    EXPECT_LT(spread_ns(cluster), 1'000'000);
}

TEST_F(Operator, PollsNow) {
    std::filesystem::create_directory(cluster.folder() / "n1.toml.d");
    cluster.folder().write("n1.toml.d/1.toml", "poll = {min = 1, max = 100}\n");
    cluster.start();
    ASSERT_TRUE(wait_until(Seconds{20}, [this] { return master.members().size() == 2; }));
    EXPECT_EQ(master.ctl({"poll"}).out, "1 node is asked now\n");
    EXPECT_EQ(member.ctl({"poll"}).out, "1 node is asked now\n");
    std::this_thread::sleep_for(Seconds{1.5});
    for (NodeProcess* node : {&master, &member}) {
        const std::int64_t before = number(member.tracking(), "datagrams_received");
        ASSERT_EQ(node->ctl({"poll"}).code, 0);
        EXPECT_TRUE(wait_until(
            Seconds{0.4}, [&] { return number(member.tracking(), "datagrams_received") > before; },
            Seconds{0.01}))
            << node->name();
        std::this_thread::sleep_for(Seconds{1.1});
    }
}

// A user, a group of no matter what name; the group "berkeleyd" is the test's own: /etc/group is
// another file for the daemon, in a mount namespace.
class OperatorOfAGroup : public Operator {
  protected:
    OperatorOfAGroup() : Operator(kStepAtOnce) {}

    void SetUp() override {
        BERKELEYD_REQUIRE(is_root(), "needs root to be several users");
        chmod(cluster.folder().path().c_str(), 0755);
        const auto groups = cluster.folder().write("group", "root:x:0:\nberkeleyd:x:54321:\n");
        master.start({}, {"unshare", "--mount", "sh", "-c",
                          "mount --bind " + groups.string() + " /etc/group && exec \"$@\"", "sh"});
    }

    Outcome as(const std::string& uid, const std::string& groups, const Arguments& words) const {
        Arguments command{"setpriv", "--reuid", uid, "--regid", "60000"};
        if (groups.empty())
            command.emplace_back("--clear-groups");
        else
            command.insert(command.end(), {"--groups", groups});
        command.insert(command.end(), {built("berkeleyctl"), "--socket", master.socket()});
        command.insert(command.end(), words.begin(), words.end());
        return run(command);
    }
};

TEST_F(OperatorOfAGroup, ReadingIsForAllAndChangingForFew) {
    const std::vector<Arguments> changing = {
        {"poll"}, {"step"},   {"step", "--all"},       {"settime", "+1ms", "--dry-run"},
        {"form"}, {"reload"}, {"settime", "--cancel"}, {"loglevel", "notice"}};
    for (const Arguments& words : changing) {
        const Outcome stranger = as("60001", "4,60002", words);
        EXPECT_EQ(stranger.code, kNotPermitted) << words.front() << stranger.err;
        EXPECT_NE(stranger.err.find("members of the group berkeleyd"), std::string::npos);
        EXPECT_NE(as("60001", "4,54321,60002", words).code, kNotPermitted) << words.front();
        EXPECT_NE(as("0", "", words).code, kNotPermitted) << words.front();
    }
    EXPECT_EQ(as("60001", "", {"members"}).code, 0);
    const std::string log = master.log();
    EXPECT_NE(log.find("refused Reload to user 60001, process "), std::string::npos) << log;
    EXPECT_NE(log.find("asked to reload by user 60001, process "), std::string::npos);
    EXPECT_NE(log.find("asked to log at level notice by user 0, process "), std::string::npos);
}

}  // namespace
}  // namespace berkeley::test
