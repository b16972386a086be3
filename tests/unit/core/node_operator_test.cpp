// What an operator may ask of a node that runs: other settings, a poll now, a step now.
#include <gtest/gtest.h>

#include "tests/support/member_bench.hpp"

namespace berkeley {
namespace {

using test::master_settings;
using test::NodeBench;
using test::PlayedCluster;
using test::PlayedMember;

PlayedMember::Shape five_ms_ahead() {
    PlayedMember::Shape shape;
    shape.system_offset = 5ms;
    return shape;
}

std::size_t polls_within(PlayedCluster& cluster, Duration time) {
    const std::size_t before = cluster.members[0]->polls();
    cluster.bench.pass(time);
    return cluster.members[0]->polls() - before;
}

// ---- settings

TEST(SettingsChange, OtherPollIntervalsHoldAtOnce) {
    NodeSettings settings = master_settings(2);
    settings.poll_max = 1000s;
    PlayedCluster cluster(settings, {five_ms_ahead()});
    cluster.join_all();
    cluster.bench.pass(3h);
    ASSERT_LE(polls_within(cluster, 500s), 1U);
    settings.poll_max = 2s;
    cluster.bench.feed(SettingsChanged{cluster.bench.now(), settings});
    EXPECT_NEAR(static_cast<double>(polls_within(cluster, 20s)), 10, 1);
    settings.poll_max = 1000s;
    cluster.bench.feed(SettingsChanged{cluster.bench.now(), settings});
    cluster.bench.pass(1s);
    EXPECT_EQ(polls_within(cluster, 900s), 0U);
}

TEST(SettingsChange, CostsNoSynchronization) {
    PlayedCluster cluster(master_settings(2), {five_ms_ahead()});
    cluster.join_all();
    cluster.bench.pass(60s);
    ASSERT_EQ(cluster.bench.status().state, NodeState::synchronized);
    const NodeStatus before = cluster.bench.status();
    NodeSettings settings = master_settings(3);
    settings.step_threshold = 1ms;
    cluster.bench.feed(SettingsChanged{cluster.bench.now(), settings});
    cluster.bench.pass(10s);
    const NodeStatus after = cluster.bench.status();
    EXPECT_EQ(after.state, NodeState::synchronized);
    EXPECT_EQ(after.term, before.term);
    EXPECT_EQ(after.epoch, before.epoch);
    EXPECT_EQ(after.counted, before.counted);
    EXPECT_TRUE(cluster.bench.steps.empty());
}

TEST(SettingsChange, ASmallerExpectLetsTheClusterForm) {
    PlayedCluster cluster(master_settings(5), {five_ms_ahead()});
    cluster.join_all();
    cluster.bench.pass(20s);
    ASSERT_EQ(cluster.bench.status().epoch, 0U);
    ASSERT_EQ(cluster.bench.reported(ReportKind::waiting_for_voters), 1U);
    cluster.bench.feed(SettingsChanged{cluster.bench.now(), master_settings(4)});
    cluster.bench.pass(1s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::waiting_for_voters), 2U);  // of another number
    cluster.bench.feed(SettingsChanged{cluster.bench.now(), master_settings(2)});
    cluster.bench.pass(1s);
    EXPECT_EQ(cluster.bench.status().epoch, 1U);
}

TEST(SettingsChange, WhoTheNodeIsAndWithWhomStays) {
    PlayedCluster cluster(master_settings(2), {five_ms_ahead()});
    cluster.join_all();
    NodeSettings other = test::bench_settings("other", "third");
    other.cluster = "elsewhere";
    other.key = {};
    other.clock = ClockMode::observe;
    other.expect = 2;
    cluster.bench.feed(SettingsChanged{cluster.bench.now(), other});
    cluster.bench.pass(20s);
    const NodeStatus status = cluster.bench.status();
    EXPECT_EQ(status.node, "master");
    EXPECT_EQ(status.cluster, "bench");
    EXPECT_EQ(status.role, Role::master);
    EXPECT_EQ(status.clock, ClockMode::system);
    EXPECT_EQ(status.counted, 2U);
    EXPECT_EQ(cluster.bench.tracking().dropped.not_authentic, 0U);
}

// ---- polls

TEST(PollRequest, TheMasterPollsAllAtOnce) {
    NodeSettings settings = master_settings(3);
    settings.poll_max = 1000s;
    PlayedCluster cluster(settings, {five_ms_ahead(), {}});
    cluster.join_all();
    cluster.bench.pass(3h);
    const std::size_t before = cluster.bench.sent_of<Poll>().size();
    cluster.bench.feed(PollRequested{cluster.bench.now()});
    cluster.bench.pass(5ms);
    EXPECT_EQ(cluster.bench.sent_of<Poll>().size(), before + 2);
    // Asked again and again, it polls no more often than it polls a newcomer.
    for (int i = 0; i < 100; ++i) {
        cluster.bench.feed(PollRequested{cluster.bench.now()});
        cluster.bench.pass(1ms);
    }
    EXPECT_LE(cluster.bench.sent_of<Poll>().size(), before + 2 + 2 * 3);
}

TEST(PollRequest, AMemberAsksItsMaster) {
    NodeBench bench(test::bench_settings("m1"));
    bench.start();
    bench.feed(PollRequested{bench.now()});
    EXPECT_TRUE(bench.sent.empty());  // it does not know where the master is
    bench.feed(CandidateResolved{bench.now(), "master", test::endpoint(9)});
    bench.pass(1ms);
    Poll poll;
    poll.session = bench.sent_of<Join>().back().session;
    poll.reign = 5;
    poll.sequence = 1;
    poll.next_poll = 100s;
    const auto tell = [&bench, &poll] {
        bench.receive(test::sealed(poll, "master", "m1", 1, 1), test::endpoint(9));
    };
    tell();
    ASSERT_TRUE(bench.status().master);
    bench.pass(10s);
    const std::size_t before = bench.sent.size();
    bench.feed(PollRequested{bench.now()});
    ASSERT_EQ(bench.sent.size(), before + 1);
    const Session asked = bench.sent_of<Join>().back().session;
    EXPECT_NE(asked, poll.session);
    // In touch all the while, by the old session and by the new one.
    poll.sequence = 2;
    tell();
    bench.pass(kAnswersAfter);
    EXPECT_EQ(bench.sent_of<Reply>().back().sequence, 2U);
    poll.session = asked;
    poll.sequence = 3;
    tell();
    bench.pass(kAnswersAfter);
    EXPECT_EQ(bench.sent_of<Reply>().back().sequence, 3U);
    EXPECT_EQ(bench.reported(ReportKind::master_found), 1U);
}

// ---- steps

NodeSettings slewing() {
    NodeSettings settings = master_settings(1);
    settings.step_policy = StepPolicy::never;
    return settings;
}

TEST(StepRequest, PutsTheClockOnClusterTimeInMidSlew) {
    for (const Duration off :
         {Duration{-300ms}, Duration{300ms}, Duration{450ms}, Duration{-2ms}}) {
        NodeBench bench(slewing());
        bench.start();
        bench.pass(10s);
        ASSERT_EQ(bench.status().state, NodeState::synchronized);
        bench.set_clock(off);
        bench.pass(1500ms);
        const Duration left = *bench.status().offset;
        ASSERT_GT(std::abs(left.count()), 500'000);
        const std::size_t steps = bench.steps.size();
        EXPECT_EQ(bench.node().why_no_step(bench.now()), "");
        bench.feed(StepRequested{bench.now(), bench.kernel().read(bench.raw())});
        ASSERT_EQ(bench.steps.size(), steps + 1);
        EXPECT_EQ(bench.steps.back(), -left);
        EXPECT_LT(std::abs(bench.status().offset->count()), 10'000);
        bench.pass(30s);
        EXPECT_EQ(bench.status().state, NodeState::synchronized);
        EXPECT_LT(std::abs(bench.status().offset->count()), 10'000);
        EXPECT_EQ(bench.tracking().foreign_sets, 1U);  // its own step is none
        EXPECT_EQ(bench.tracking().steps, steps + 1);
    }
}

void expect_refused(NodeBench& bench, const std::string& why) {
    const std::size_t steps = bench.steps.size();
    EXPECT_NE(bench.node().why_no_step(bench.now()).find(why), std::string::npos)
        << bench.node().why_no_step(bench.now());
    bench.feed(StepRequested{bench.now(), bench.kernel().read(bench.raw())});
    EXPECT_EQ(bench.steps.size(), steps);
}

TEST(StepRequest, IsRefusedWithAReason) {
    NodeBench alone(slewing());
    alone.start();
    expect_refused(alone, "no cluster time here yet");
    alone.pass(10s);
    expect_refused(alone, "nothing to step: the clock is +0");

    NodeSettings observing = slewing();
    observing.clock = ClockMode::observe;
    NodeBench looking(observing);
    looking.start();
    expect_refused(looking, "observed and not steered");

    alone.set_clock(50ms);
    alone.pass(2s);
    alone.set_clock(50ms);
    alone.pass(1ms);
    ASSERT_EQ(alone.status().state, NodeState::refusing);
    expect_refused(alone, "keeps its hands off this clock: the clock was set twice");

    NodeSettings limited = slewing();
    limited.move_limit = 10ms;
    NodeBench far(limited);
    far.start();
    far.pass(10s);
    far.set_clock(5ms);
    far.pass(1ms);
    EXPECT_EQ(far.node().why_no_step(far.now()), "");
}

TEST(MoveLimit, RaisedByAReloadItStandsInTheWayNoMore) {
    NodeSettings limited = test::bench_settings("m1");
    limited.move_limit = 5ms;
    test::MemberBench bench(limited);
    bench.get_in_touch();
    bench.correct(bench.line(80ms));
    bench.pass(2s);
    ASSERT_EQ(bench.status().state, NodeState::refusing);
    EXPECT_NE(bench.status().advice.find("raise move_limit and reload"), std::string::npos);

    limited.move_limit = 50ms;  // still too little
    bench.feed(SettingsChanged{bench.now(), limited});
    EXPECT_EQ(bench.status().state, NodeState::refusing);

    limited.move_limit = 100ms;
    bench.feed(SettingsChanged{bench.now(), limited});
    EXPECT_EQ(bench.status().state, NodeState::synchronizing);
    bench.pass(2s);
    EXPECT_NE(bench.kernel().read(bench.raw()).slew_left, 0ns) << "it slews again";
}

}  // namespace
}  // namespace berkeley
