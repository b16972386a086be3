// Nodes that die, stop and come back: the others go on, and nobody's clock is stepped.
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

// A made-up clock begins anew with its daemon, so it is off again after a restart: a little, as
// slewing it takes its time.
class Restart : public testing::Test {
  protected:
    Restart()
        : cluster({.nodes = {{.name = "n1", .offset_ms = 0.3, .drift_ppm = 30},
                             {.name = "n2", .offset_ms = -1, .drift_ppm = -20},
                             {.name = "n3", .offset_ms = 0.2, .drift_ppm = 5}}}) {}

    void SetUp() override {
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{30}));
    }

    Cluster cluster;
};

TEST_F(Restart, AKilledMemberIsNamedAndComesBackWithoutAStep) {
    NodeProcess& master = cluster["n1"];
    NodeProcess& member = cluster["n2"];
    member.kill();
    ASSERT_TRUE(wait_until(Seconds{15},
                           [&master] { return text(master.member("n2"), "state") == "silent"; }));
    EXPECT_NE(text(master.member("n2"), "reason").find("no answer for"), std::string::npos);
    EXPECT_NE(master.ctl({"status"}).out.find("n2 silent: no answer for"), std::string::npos);
    EXPECT_EQ(master.state(), "synchronized");
    EXPECT_EQ(cluster["n3"].state(), "synchronized");

    member.start();  // over the socket that the dead one left behind
    ASSERT_TRUE(member.synchronized(Seconds{30}));
    EXPECT_EQ(number(member.tracking(), "steps"), 0);
    EXPECT_EQ(number(member.status(), "epoch"), 1);
    EXPECT_TRUE(wait_until(Seconds{10},
                           [&master] { return text(master.member("n2"), "state") != "silent"; }));
    EXPECT_LT(spread_ns(cluster), kMillisecond);
    EXPECT_EQ(number(cluster["n3"].tracking(), "steps"), 0);
}

TEST_F(Restart, AStoppedMemberSaysGoodbye) {
    EXPECT_EQ(cluster["n3"].stop(), 0);
    const NodeProcess& master = cluster["n1"];
    EXPECT_TRUE(
        wait_until(Seconds{2}, [&master] { return text(master.member("n3"), "state") == "left"; }));
    EXPECT_EQ(text(master.member("n3"), "reason"), "it said goodbye");
    EXPECT_EQ(cluster["n2"].state(), "synchronized");
}

// Without a master, which is gone as `state` and `why` say: the clock goes on at its rate, and the
// bound grows.
void expect_holdover(const NodeProcess& member, const std::string& state, const std::string& why) {
    const boost::json::object before = member.status();
    ASSERT_EQ(text(before, "state"), "holdover") << member.name();
    EXPECT_NE(text(before, "reason").find(why), std::string::npos) << text(before, "reason");
    EXPECT_NE(text(before, "advice").find("at its last known rate"), std::string::npos);
    EXPECT_GT(number(before, "holdover_ns"), 0);
    EXPECT_EQ(text(member.member("n1"), "state"), state);
    EXPECT_TRUE(member.member(member.name()).at("counted").is_null());
    EXPECT_EQ(member.ctl({"status"}).code, 1);
    EXPECT_TRUE(wait_until(
        Seconds{5},
        [&member, &before] {
            return number(member.status(), "bound_ns") > number(before, "bound_ns");
        },
        Seconds{0.5}));
    EXPECT_NE(member.ctl({"status"}).out.find("(guaranteed, growing by "), std::string::npos);
    EXPECT_LT(std::abs(number(member.status(), "offset_ns")), kMillisecond);
}

TEST_F(Restart, WhenTheMasterStopsItsMembersHoldOverAtOnce) {
    NodeProcess& master = cluster["n1"];
    const std::vector<const NodeProcess*> members = {&cluster["n2"], &cluster["n3"]};
    const boost::json::object reign = master.status();
    EXPECT_EQ(master.stop(), 0);
    for (const NodeProcess* member : members) {
        EXPECT_TRUE(wait_until(Seconds{1}, [member] { return member->state() == "holdover"; }));
        expect_holdover(*member, "left", "said goodbye");
    }
    EXPECT_LT(spread_ns(members), kMillisecond);
    const std::int64_t before = reading_of(*members.front()).over_raw();

    master.start();
    ASSERT_TRUE(cluster.synchronized(Seconds{30}));
    for (const auto& node : cluster.nodes()) {
        EXPECT_EQ(number(node->status(), "epoch"), number(reign, "epoch")) << node->name();
        EXPECT_GT(number(node->status(), "term"), number(reign, "term")) << node->name();
        EXPECT_EQ(number(node->tracking(), "steps"), 0) << node->name();
        EXPECT_EQ(number(node->tracking(), "corrections_refused"), 0) << node->name();
    }
    EXPECT_LT(spread_ns(cluster), kMillisecond);
    // Cluster time went on: at a rate within 200 ppm of the raw clock's for some 10 s.
    EXPECT_LT(std::abs(reading_of(*members.front()).over_raw() - before), 5 * kMillisecond);
}

TEST_F(Restart, WhenTheMasterIsKilledItsMembersNotice) {
    cluster["n1"].kill();
    for (const char* name : {"n2", "n3"}) {
        const NodeProcess& member = cluster[name];
        EXPECT_TRUE(wait_until(Seconds{10}, [&member] { return member.state() == "holdover"; }));
        expect_holdover(member, "silent", "no answer from n1 at ");
    }
}

}  // namespace
}  // namespace berkeley::test
