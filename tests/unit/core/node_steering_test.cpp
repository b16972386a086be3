// A node's hand on its own clock: a master alone, which follows its own line.
#include <gtest/gtest.h>

#include "daemon/core/steer/discipline.hpp"
#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::NodeBench;

NodeSettings alone() {
    NodeSettings settings = test::bench_settings("master");
    settings.expect = 1;
    return settings;
}

// Formed and synchronized, looking at its clock once a second.
void settle(NodeBench& bench) {
    bench.start();
    bench.pass(10s);
    ASSERT_EQ(bench.status().state, NodeState::synchronized);
}

TEST(Steering, AMasterAloneFollowsItself) {
    NodeBench bench(alone());
    settle(bench);
    EXPECT_EQ(bench.status().offset, 0ns);
    EXPECT_EQ(bench.reported(ReportKind::synchronized), 1U);
    const KernelReading kernel = bench.kernel().read(bench.raw());
    EXPECT_FALSE(kernel.unsynchronized);
    EXPECT_TRUE(kernel.phase_locked);
}

TEST(Steering, LooksOnceASecondShortlyBeforeItsEnd) {
    NodeBench bench(alone());
    settle(bench);
    const KernelReading before = bench.kernel().read(bench.raw());
    EXPECT_LE(before.max_error, 1ms);
    bench.pass(1h);
    // Rewritten every second: it would have grown by 1.8 s otherwise.
    EXPECT_LE(bench.kernel().read(bench.raw()).max_error, 1ms);
}

TEST(Steering, ASmallForeignSetIsSlewedBackAndJournalled) {
    for (const Duration by : {Duration{50ms}, Duration{-50ms}}) {
        NodeBench bench(alone());
        settle(bench);
        bench.set_clock(by);
        bench.pass(1ms);
        EXPECT_EQ(bench.tracking().foreign_sets, 1U);
        EXPECT_EQ(bench.reported(ReportKind::clock_set_by_other), 1U);
        EXPECT_NE(bench.status().state, NodeState::synchronized);
        bench.pass(60s);
        EXPECT_TRUE(bench.steps.empty());
        EXPECT_LT(std::abs(bench.status().offset->count()), 10'000);
        EXPECT_EQ(bench.status().state, NodeState::synchronized);
    }
}

TEST(Steering, ALargeForeignSetIsUndoneByOneStep) {
    for (const Duration by : {Duration{1h}, Duration{-1h}, Duration{501ms}}) {
        NodeBench bench(alone());
        settle(bench);
        bench.set_clock(by);
        bench.pass(1ms);
        ASSERT_EQ(bench.steps.size(), 1U);
        EXPECT_NEAR(as_ns(bench.steps[0]), -as_ns(by), 10e3);
        bench.pass(10s);
        EXPECT_EQ(bench.steps.size(), 1U);
        EXPECT_EQ(bench.tracking().foreign_sets, 1U);
        EXPECT_EQ(bench.status().state, NodeState::synchronized);
    }
}

TEST(Steering, AForeignSetIsFoundEvenIfTheKernelDidNotTell) {
    NodeBench bench(alone());
    settle(bench);
    bench.kernel().step(bench.raw(), 20ms);
    bench.pass(2s);
    EXPECT_EQ(bench.tracking().foreign_sets, 1U);
}

TEST(Steering, OurOwnStepTellsNoLies) {
    NodeBench bench(alone());
    settle(bench);
    bench.set_clock(1h);
    bench.pass(1ms);
    bench.feed(ClockWasSet{bench.now(), bench.kernel().read(bench.raw())});  // told of our step
    bench.pass(2s);
    EXPECT_EQ(bench.tracking().foreign_sets, 1U);
    EXPECT_EQ(bench.status().state, NodeState::synchronized);
}

TEST(Steering, TwoForeignSetsWithinAMinuteAndItKeepsItsHandsOff) {
    NodeBench bench(alone());
    settle(bench);
    bench.set_clock(20ms);
    bench.pass(30s);
    bench.set_clock(20ms);
    EXPECT_EQ(bench.status().state, NodeState::refusing);
    EXPECT_NE(bench.status().reason.find("chronyd"), std::string::npos);
    EXPECT_EQ(bench.reported(ReportKind::clock_steered_by_other), 1U);
    const KernelReading left = bench.kernel().read(bench.raw());
    bench.pass(30s);
    bench.set_clock(1h);
    bench.pass(30s);
    EXPECT_TRUE(bench.steps.empty());
    EXPECT_EQ(bench.kernel().read(bench.raw()).rate, left.rate);
    EXPECT_EQ(bench.status().state, NodeState::refusing);
}

TEST(Steering, TwoForeignSetsFarApartAreAccidents) {
    NodeBench bench(alone());
    settle(bench);
    for (int i = 0; i < 3; ++i) {
        bench.set_clock(20ms);
        bench.pass(61s);
        EXPECT_EQ(bench.status().state, NodeState::synchronized);
    }
    EXPECT_EQ(bench.tracking().foreign_sets, 3U);
}

TEST(Steering, AnotherProgramThatSteersIsRefusedAtOnce) {
    NodeBench bench(alone());
    settle(bench);
    KernelAdjustment theirs;
    theirs.rate.frequency = 50 << 16;
    bench.kernel().adjust(bench.raw(), theirs);
    bench.pass(2s);
    EXPECT_EQ(bench.status().state, NodeState::refusing);
    EXPECT_NE(bench.status().reason.find("frequency"), std::string::npos);
    EXPECT_EQ(bench.kernel().read(bench.raw()).rate.frequency, 50 << 16);
}

TEST(Steering, TheSavedRateIsSetBeforeAnythingElseIsKnown) {
    NodeSettings settings = alone();
    settings.expect = 5;
    NodeBench bench(settings);
    SavedState saved;
    saved.rate = 37 * kPpm;
    bench.start(saved);
    bench.pass(2s);
    EXPECT_EQ(bench.kernel().read(bench.raw()).rate, kernel_rate_for(37 * kPpm));
    EXPECT_TRUE(bench.kernel().read(bench.raw()).unsynchronized);
    bench.pass(60s);
    EXPECT_EQ(bench.tracking().foreign_sets, 0U);
    EXPECT_NE(bench.status().state, NodeState::refusing);
}

TEST(Steering, TheClusterStartsAtTheRateTheClockRunsAt) {
    NodeBench bench(alone());
    SavedState saved;
    saved.rate = -120 * kPpm;
    bench.start(saved);
    bench.pass(60s);
    EXPECT_NEAR(*bench.status().frequency, 1 / (1 - 120 * kPpm) - 1, 1e-11);
    EXPECT_LT(std::abs(bench.status().offset->count()), 1'000);
}

TEST(Steering, RatherThanMoveTheClockTooFarItRefuses) {
    NodeSettings settings = alone();
    settings.move_limit = 5ms;
    NodeBench bench(settings);
    settle(bench);
    bench.set_clock(20ms);
    bench.pass(60s);
    EXPECT_EQ(bench.status().state, NodeState::synchronized);  // undoing is no move of ours
}

// Nobody attends the slew of a daemon that was stopped.
TEST(Steering, AStopInMidSlewLeavesTheRestOut) {
    NodeBench bench(alone());
    settle(bench);
    bench.set_clock(300ms);
    bench.pass(3s);
    const KernelReading sliding = bench.kernel().read(bench.raw());
    ASSERT_LT(sliding.slew_left, -50ms);
    bench.feed(StopRequested{bench.now()});
    bench.pass(1s);
    const KernelReading stopped = bench.kernel().read(bench.raw());
    EXPECT_EQ(stopped.slew_left, 0ns);
    EXPECT_EQ(stopped.rate, sliding.rate);
    EXPECT_GE(stopped.max_error, 50ms) << "the kernel is told how far off it is";
}

TEST(Steering, SoDoesAStopAsSoonAsItBegan) {
    NodeBench bench(alone());
    settle(bench);
    bench.set_clock(300ms);
    bench.pass(1ms);
    ASSERT_LT(bench.kernel().read(bench.raw()).slew_left, -200ms);
    bench.feed(StopRequested{bench.now()});
    EXPECT_EQ(bench.kernel().read(bench.raw()).slew_left, 0ns);
}

TEST(Steering, AnOutdatedAdjustmentIsDecidedAnew) {
    NodeBench bench(alone());
    settle(bench);
    bench.set_clock(300ms);
    bench.pass(1500ms);
    const std::size_t adjusted = bench.adjustments;
    bench.feed(AdjustingOutdated{bench.now()});
    bench.pass(1ms);
    EXPECT_EQ(bench.adjustments, adjusted + 1);
    EXPECT_NE(bench.status().state, NodeState::refusing);
    bench.pass(60s);
    EXPECT_EQ(bench.status().state, NodeState::synchronized);
}

// The stall that outdated an adjustment may be the very moment of a foreign set.
TEST(Steering, AForeignSetIsNoticedAlsoBehindAnOutdatedAdjustment) {
    NodeBench bench(alone());
    settle(bench);
    const SystemTime second{bench.now().system.ns / 1'000'000'000 * 1'000'000'000};
    bench.pass(second + 1'790ms - bench.now().system);
    const Moment before = bench.now();
    bench.drop_adjustments = true;
    bench.pass(20ms);  // the tick decides, and the kernel is not told
    bench.drop_adjustments = false;
    ASSERT_GT(bench.now().raw, before.raw);
    bench.feed(AdjustingOutdated{bench.now()});
    bench.set_clock(5s);
    bench.pass(2s);
    EXPECT_EQ(bench.tracking().foreign_sets, 1U);
    EXPECT_EQ(bench.steps, std::vector<Duration>{-5s});
    EXPECT_NE(bench.status().state, NodeState::refusing);
}

// Nor is our own step a foreign one there, which the kernel was told a moment earlier.
TEST(Steering, AStepOfOursIsKnownAlsoBehindAnOutdatedAdjustment) {
    NodeBench bench(alone());
    settle(bench);
    bench.set_clock(300ms);
    bench.pass(2s);
    bench.drop_adjustments = true;
    bench.feed(StepRequested{bench.now(), bench.kernel().read(bench.raw())});
    bench.drop_adjustments = false;
    ASSERT_EQ(bench.steps.size(), 1U);
    bench.feed(AdjustingOutdated{bench.now()});
    bench.pass(10s);
    EXPECT_EQ(bench.tracking().foreign_sets, 1U);
    EXPECT_EQ(bench.status().state, NodeState::synchronized);
}

TEST(Steering, OtherClocksourceOtherRate) {
    for (const bool other : {false, true}) {
        NodeBench bench(alone());
        settle(bench);
        bench.feed(RawClockBroken{bench.now(), "broken", other});
        EXPECT_EQ(bench.node().saved_state(bench.now()).rate.has_value(), !other);
    }
}

}  // namespace
}  // namespace berkeley
