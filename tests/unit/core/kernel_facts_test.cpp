// What a node has the kernel say of its clock: STA_UNSYNC, maxerror and esterror, for timedatectl,
// node_exporter and whoever asks adjtimex.
#include <gtest/gtest.h>

#include "tests/support/member_bench.hpp"

namespace berkeley {
namespace {

using test::MemberBench;
using test::NodeBench;

// On the line of its master, and told so to the kernel.
void synchronize(MemberBench& bench) {
    bench.get_in_touch();
    BoundedLine line = bench.line(0ns);
    line.rate_sigma = 0.01 * kPpm;
    bench.correct(line);
    bench.pass(2s);
    ASSERT_EQ(bench.status().state, NodeState::synchronized);
    ASSERT_FALSE(bench.kernel().read(bench.raw()).unsynchronized);
}

void expect_disclaimed(NodeBench& bench, const KernelRate& rate) {
    const KernelReading kernel = bench.kernel().read(bench.raw());
    EXPECT_TRUE(kernel.unsynchronized);
    EXPECT_EQ(kernel.max_error, kErrorUnknown);
    EXPECT_EQ(kernel.estimated_error, kErrorUnknown);
    EXPECT_EQ(kernel.rate, rate) << "the clock was touched, too";
}

TEST(KernelFacts, UnsynchronizedAsLongAsTheNodeIs) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(100ms));
    int synchronizing = 0;
    for (int second = 0; second < 40; ++second) {
        bench.pass(1s);
        bench.tell(bench.next_poll(bench.session));
        const KernelReading kernel = bench.kernel().read(bench.raw());
        const NodeStatus status = bench.status();
        const bool synchronized = status.state == NodeState::synchronized;
        EXPECT_EQ(kernel.unsynchronized, !synchronized) << "after " << second + 1 << " s";
        EXPECT_GE(kernel.max_error, *status.bound);
        EXPECT_GE(kernel.estimated_error, std::chrono::abs(*status.offset));
        synchronizing += synchronized ? 0 : 1;
    }
    EXPECT_GT(synchronizing, 5);
    EXPECT_EQ(bench.status().state, NodeState::synchronized);
    EXPECT_LT(bench.kernel().read(bench.raw()).max_error, 10ms);
}

TEST(KernelFacts, ErrorsGrowInHoldover) {
    MemberBench bench;
    synchronize(bench);
    bench.pass(60s);
    ASSERT_EQ(bench.status().state, NodeState::holdover);
    const KernelReading early = bench.kernel().read(bench.raw());
    EXPECT_FALSE(early.unsynchronized);
    bench.pass(1h);
    const KernelReading late = bench.kernel().read(bench.raw());
    EXPECT_GE(late.max_error, *bench.status().bound);
    EXPECT_GE(late.max_error, early.max_error + 100ms);
    EXPECT_GE(late.estimated_error, early.estimated_error + 30us);
}

// A chunk of a slew runs to the end of its second, whatever the new goal is.
TEST(KernelFacts, TheErrorCoversWhatAnOldSlewStillMoves) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(100ms, 200ms));
    bench.pass(3s);
    ASSERT_GT(bench.kernel().read(bench.raw()).slew_left, 20ms);
    bench.correct(bench.line(0ns));
    for (int look = 0; look < 400; ++look) {
        bench.pass(10ms);
        EXPECT_GE(bench.kernel().read(bench.raw()).max_error, *bench.status().bound)
            << look * 10 << " ms after the correction";
    }
}

// After a suspend the kernel goes on to say what was told it before.
TEST(KernelFacts, NothingIsClaimedOnceTheLineIsGone) {
    MemberBench bench;
    synchronize(bench);
    const KernelRate rate = bench.kernel().read(bench.raw()).rate;
    bench.feed(RawClockBroken{bench.now(), "suspended"});
    bench.pass(1ms);
    expect_disclaimed(bench, rate);
}

TEST(KernelFacts, WhatAnEarlierProgramClaimedIsNotTrueOfTheCluster) {
    NodeBench bench(test::bench_settings("m1"));
    KernelAdjustment theirs;
    theirs.rate.frequency = 5 << 16;
    theirs.synchronized = true;
    bench.kernel().adjust(bench.raw(), theirs);
    bench.start();
    bench.pass(2s);
    expect_disclaimed(bench, theirs.rate);
}

TEST(KernelFacts, AnObserverClaimsNothingAndTakesNothingBack) {
    NodeSettings settings = test::bench_settings("m1");
    settings.clock = ClockMode::observe;
    NodeBench bench(settings);
    KernelAdjustment theirs;
    theirs.synchronized = true;
    bench.kernel().adjust(bench.raw(), theirs);
    bench.start();
    bench.pass(2s);
    EXPECT_FALSE(bench.kernel().read(bench.raw()).unsynchronized);
}

TEST(KernelFacts, WhoRefusesToMoveTheClockClaimsNothing) {
    NodeSettings settings = test::bench_settings("m1");
    settings.move_limit = 5ms;
    MemberBench bench(settings);
    synchronize(bench);
    const KernelRate rate = bench.kernel().read(bench.raw()).rate;
    bench.epoch = 2;
    bench.correct(bench.line(80ms));
    bench.pass(2s);
    ASSERT_EQ(bench.status().state, NodeState::refusing);
    expect_disclaimed(bench, rate);
}

TEST(KernelFacts, OurWordDoesNotStandForAClockThatAnotherSteers) {
    MemberBench bench;
    synchronize(bench);
    KernelAdjustment by_hand;
    by_hand.rate.frequency = 50 << 16;
    by_hand.synchronized = true;  // as we left it
    bench.kernel().adjust(bench.raw(), by_hand);
    bench.pass(2s);
    ASSERT_EQ(bench.status().state, NodeState::refusing);
    expect_disclaimed(bench, by_hand.rate);
}

TEST(KernelFacts, TheWordOfAnotherTimeDaemonStands) {
    MemberBench bench;
    synchronize(bench);
    KernelReading theirs = bench.kernel().read(bench.raw());
    theirs.phase_locked = theirs.frequency_held = false;  // it steers by frequency alone
    bench.feed(ClockWasSet{bench.now(), theirs});
    ASSERT_EQ(bench.status().state, NodeState::refusing);
    EXPECT_FALSE(bench.kernel().read(bench.raw()).unsynchronized);
}

}  // namespace
}  // namespace berkeley
