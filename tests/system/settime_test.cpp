// Cluster time is moved, and formed, by an operator's word to the daemon of the master.
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

constexpr double kSecond = 1e9;

class SetTime : public testing::TestWithParam<std::size_t> {
  protected:
    void SetUp() override {
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{30}));
    }

    // Of its clock against the machine's, in seconds.
    static double ahead_s(const NodeProcess& node) {
        return static_cast<double>(reading_of(node).over_raw() - reading_of_machine().over_raw()) /
               kSecond;
    }
    static std::int64_t epoch(const NodeProcess& node) { return number(node.status(), "epoch"); }
    static bool moves(const NodeProcess& node) { return !node.status().at("move").is_null(); }

    bool all_in_epoch(std::int64_t wanted, Seconds within) const {
        return wait_until(within, [this, wanted] {
            return std::ranges::all_of(cluster.nodes(), [wanted](const auto& node) {
                return epoch(*node) == wanted && node->state() == "synchronized";
            });
        });
    }

    NodeProcess& master() const {
        for (const auto& node : cluster.nodes()) {
            if (text(node->status(), "role") == "master")
                return *node;
        }
        throw std::runtime_error("no master");
    }

    Cluster cluster{{.nodes = {{.name = "n1", .offset_ms = 0.3, .drift_ppm = 20},
                               {.name = "n2", .offset_ms = -0.2, .drift_ppm = -30},
                               {.name = "n3", .drift_ppm = 5}},
                     .step_threshold = kStepAtOnce,
                     .candidates = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Candidates, SetTime, testing::Values(1U, 3U));

TEST_P(SetTime, MovesAllClocksAtOnce) {
    NodeProcess& leader = master();
    const Outcome plan = leader.ctl({"settime", "+300s", "--dry-run"});
    EXPECT_EQ(plan.code, 0) << plan.err;
    EXPECT_NE(plan.out.find("cluster time would move by +300.0 s in 10.00 s"), std::string::npos)
        << plan.out;
    EXPECT_FALSE(moves(leader));

    const Outcome outcome = leader.ctl({"settime", "+300s", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto planned = boost::json::parse(outcome.out).as_object();
    EXPECT_EQ(number(planned, "epoch"), 2);
    EXPECT_EQ(text(planned, "way"), "step");
    const Outcome second = leader.ctl({"settime", "-5s"});
    EXPECT_EQ(second.code, 1);
    EXPECT_NE(second.err.find("a move by +300.000 s is to come"), std::string::npos) << second.err;
    for (const auto& node : cluster.nodes()) {
        EXPECT_TRUE(wait_until(Seconds{5}, [&node] { return moves(*node); })) << node->name();
        EXPECT_NE(node->ctl({"status"}).out.find("cluster time moves by +300.0 s in"),
                  std::string::npos);
        if (node.get() == &leader)
            continue;
        const Outcome elsewhere = node->ctl({"settime", "+1s"});
        EXPECT_EQ(elsewhere.code, 1);
        EXPECT_NE(
            elsewhere.err.find(fmt::format("on {}, type 'berkeleyctl settime'", leader.name())),
            std::string::npos)
            << elsewhere.err;
    }
    EXPECT_LT(std::abs(ahead_s(leader)), 1);
    ASSERT_TRUE(all_in_epoch(2, Seconds{20}));
    EXPECT_LT(spread_ns(cluster), 1'000'000);
    for (const auto& node : cluster.nodes()) {
        EXPECT_NEAR(ahead_s(*node), 300, 0.1) << node->name();
        EXPECT_NE(node->log().find("cluster time is moved by +300.000 s: epoch 2 begins"),
                  std::string::npos)
            << node->log();
        EXPECT_EQ(node->log().find("holding over"), std::string::npos);
        EXPECT_EQ(number(node->tracking(), "foreign_sets"), 0);
    }
    EXPECT_NE(leader.log().find("asked to move cluster time by +300.000 s by user"),
              std::string::npos);
}

TEST_P(SetTime, IsCalledOffAndStepsThoseThatAreSlewed) {
    NodeProcess& leader = master();
    ASSERT_EQ(leader.ctl({"settime", "+100s"}).code, 0);
    ASSERT_TRUE(wait_until(Seconds{5}, [this] { return moves(cluster["n3"]); }));
    const Outcome off = leader.ctl({"settime", "--cancel"});
    EXPECT_EQ(off.code, 0) << off.err;
    EXPECT_TRUE(wait_until(Seconds{5}, [this] { return !moves(cluster["n3"]); }));
    const Outcome again = leader.ctl({"settime", "--cancel"});
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.err.find("no move of cluster time is to come"), std::string::npos);

    ASSERT_EQ(leader.ctl({"settime", "+400ms", "--slew"}).code, 0);
    ASSERT_TRUE(wait_until(Seconds{14}, [this] {
        return epoch(cluster["n2"]) == 2 && cluster["n2"].state() == "synchronizing";
    }));
    ASSERT_EQ(leader.ctl({"step", "--all"}).code, 0);
    ASSERT_TRUE(all_in_epoch(3, Seconds{15}));
    for (const auto& node : cluster.nodes())
        EXPECT_NEAR(ahead_s(*node), 0.4, 0.05) << node->name();
    EXPECT_LT(spread_ns(cluster), 1'000'000);
}

TEST_P(SetTime, BeyondADaysLeapsEachOperatorHasHisWord) {
    NodeProcess& leader = master();
    const Outcome outcome = leader.ctl({"settime", "+2h"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("every other node refuses this"), std::string::npos) << outcome.out;
    ASSERT_TRUE(wait_until(Seconds{20}, [&leader] { return epoch(leader) == 2; }));
    for (const auto& node : cluster.nodes()) {
        if (node.get() == &leader)
            continue;
        ASSERT_TRUE(wait_until(Seconds{10}, [&node] { return node->state() == "holdover"; }));
        EXPECT_EQ(epoch(*node), 1);
        EXPECT_NE(node->ctl({"status"}).out.find("'berkeleyctl step' here follows it"),
                  std::string::npos)
            << node->ctl({"status"}).out;
        const Outcome step = node->ctl({"step"});
        EXPECT_EQ(step.code, 0) << step.err;
        EXPECT_NE(step.out.find("stepped the clock by +7200 s"), std::string::npos) << step.out;
    }
    ASSERT_TRUE(all_in_epoch(2, Seconds{10}));
    for (const auto& node : cluster.nodes())
        EXPECT_NEAR(ahead_s(*node), 7200, 0.1) << node->name();
}

TEST_P(SetTime, OutlivesTheMaster) {
    NodeProcess& leader = master();
    ASSERT_EQ(leader.ctl({"settime", "+200s"}).code, 0);
    ASSERT_TRUE(wait_until(Seconds{9}, [this] {
        const auto move = cluster["n2"].status().at("move");
        return move.is_object() && move.at("decided").as_bool();
    }));
    leader.kill();
    std::this_thread::sleep_for(Seconds{7});
    for (const auto& node : cluster.nodes()) {
        if (node.get() != &leader) {
            EXPECT_NEAR(ahead_s(*node), 200, 0.1) << "carried out without a master";
        }
    }
    leader.start();
    ASSERT_TRUE(all_in_epoch(2, Seconds{40}));
    for (const auto& node : cluster.nodes())
        EXPECT_NEAR(ahead_s(*node), 200, 0.1) << node->name();
    EXPECT_LT(spread_ns(cluster), 1'000'000);
}

TEST_P(SetTime, WhatMakesNoSenseIsRefused) {
    NodeProcess& leader = master();
    for (const Arguments& words : std::vector<Arguments>{{"settime"},
                                                         {"settime", "tomorrow"},
                                                         {"settime", "+1s", "--step", "--slew"},
                                                         {"settime", "+1s", "--cancel"}}) {
        EXPECT_EQ(leader.ctl(words).code, 2) << words.back();
    }
    const Outcome past = leader.ctl({"settime", "2001-01-01 00:00:00Z"});
    EXPECT_EQ(past.code, 1);
    EXPECT_NE(past.err.find("before this berkeleyd was built"), std::string::npos) << past.err;
    EXPECT_EQ(leader.ctl({"settime", "2115-12-31 00:00:00Z", "--dry-run"}).code, 0);
    EXPECT_FALSE(moves(leader));
}

TEST(Form, FewClocksAreEnoughIfTheOperatorSaysSo) {
    const Cluster cluster({.nodes = {{.name = "n1"},
                                     {.name = "n2", .offset_ms = 0.3},
                                     {.name = "n3", .offset_ms = -0.3}},
                           .step_threshold = kStepAtOnce});
    NodeProcess& leader = cluster["n1"];
    leader.start();
    ASSERT_TRUE(wait_until(Seconds{10}, [&leader] {
        return text(leader.status(), "reason").find("waiting to form") != std::string::npos;
    }));
    const Outcome outcome = leader.ctl({"form"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("1 of 3 expected clocks is here, 2 are needed"), std::string::npos)
        << outcome.out;
    EXPECT_TRUE(leader.synchronized(Seconds{10}));
    EXPECT_NE(leader.log().find("formed without a majority"), std::string::npos) << leader.log();
    const Outcome again = leader.ctl({"form"});
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.err.find("there is cluster time already"), std::string::npos) << again.err;
    cluster["n2"].start();
    cluster["n3"].start();
    ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    const Outcome elsewhere = cluster["n2"].ctl({"form"});
    EXPECT_EQ(elsewhere.code, 1);
    EXPECT_NE(elsewhere.err.find("on n1, type 'berkeleyctl form'"), std::string::npos);
    EXPECT_EQ(number(leader.status(), "epoch"), 1);
}

}  // namespace
}  // namespace berkeley::test
