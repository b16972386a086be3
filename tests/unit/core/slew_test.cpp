// What we declare against what the kernel then moves: daemon/platform/kernel_model is the kernel.
#include "daemon/core/steer/slew.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/platform/kernel_model.hpp"

namespace berkeley {
namespace {

constexpr RawTime kBoot{5'000'000'000};

const std::vector<Duration> kMoves{1ms, 3ms, 10ms, 30ms, 100ms, 200ms, 300ms, 380ms, 400ms};
const std::vector<Duration> kPhases{0ms, 1ms, 250ms, 500ms, 800ms, 999ms};

struct Ran {
    Duration moved{0};
    Duration furthest{0};  // in the direction of the move
    double fastest = 0;    // of the slew, against the raw clock
};

// Declares `move` at `phase` of a second, and leaves the kernel alone for five minutes.
Ran declared_and_left(Duration move, Duration phase) {
    const SystemTime start{1'700'000'000'000'000'000 + phase.count()};
    KernelModel kernel(kBoot, start);
    KernelAdjustment adjustment;
    adjustment.time_constant = time_constant_for(move);
    adjustment.slew = declared_for(move, adjustment.time_constant);
    kernel.adjust(kBoot, adjustment);
    const double sign = move < 0ns ? -1 : 1;
    Ran ran;
    Duration before{0};
    for (Duration t{0}; t < 300s; t += 50ms) {
        ran.moved = (kernel.at(kBoot + t) - start) - t;
        ran.fastest = std::max(ran.fastest, sign * as_ns(ran.moved - before) / 50e6);
        before = ran.moved;
        if (sign * as_ns(ran.moved) > sign * as_ns(ran.furthest))
            ran.furthest = ran.moved;
    }
    return ran;
}

TEST(Slew, ADeclaredMoveIsMovedWithNobodyAttending) {
    for (const Duration size : kMoves) {
        for (const Duration phase : kPhases) {
            for (const Duration move : {size, -size}) {
                const Ran ran = declared_and_left(move, phase);
                const double tolerance = 1e-3 * as_ns(size);
                EXPECT_NEAR(as_ns(ran.moved), as_ns(move), tolerance) << move.count();
                EXPECT_LE(std::abs(as_ns(ran.furthest)), as_ns(size) + tolerance) << move.count();
            }
        }
    }
}

TEST(Slew, SmallMovesAreExactToNanoseconds) {
    for (const Duration move : {1us, 10us, 100us}) {
        EXPECT_NEAR(as_ns(declared_and_left(move, 250ms).moved), as_ns(move), 20);
        EXPECT_NEAR(as_ns(declared_and_left(-move, 250ms).moved), -as_ns(move), 20);
    }
}

TEST(Slew, NoMoveDeclaresNothing) {
    EXPECT_EQ(declared_for(0ns, 0), 0ns);
    EXPECT_EQ(declared_for(0ns, 1), 0ns);
}

TEST(Slew, SlowsOrSpeedsTheClockByLittleMoreThanTenPercent) {
    for (const Duration size : kMoves) {
        EXPECT_LE(declared_and_left(size, 250ms).fastest, 0.105) << size.count();
        EXPECT_LE(declared_and_left(-size, 250ms).fastest, 0.105) << size.count();
    }
}

TEST(Slew, WhatIsTooLargeIsDeclaredAsFarAsTheKernelTakesIt) {
    for (const Duration move : {Duration{600ms}, Duration{5s}, Duration{48h}}) {
        EXPECT_EQ(time_constant_for(move), 1);
        EXPECT_EQ(declared_for(move, 1), kMaxDeclared);
        EXPECT_EQ(declared_for(-move, 1), -kMaxDeclared);
    }
}

TEST(Slew, TheRunningChunkFollowsFromWhatIsLeft) {
    for (const int c : {0, 1, 3}) {
        const SystemTime start{1'700'000'000'250'000'000};
        KernelModel kernel(kBoot, start);
        KernelAdjustment adjustment;
        adjustment.slew = 80ms;
        adjustment.time_constant = c;
        kernel.adjust(kBoot, adjustment);
        const KernelReading reading = kernel.read(kBoot + 1s);
        const Duration chunk = running_chunk(reading.slew_left, c);
        EXPECT_NEAR(as_ns(chunk), 80e6 * chunk_share(c), 2) << c;
    }
}

TEST(Slew, WhatAChunkStillMovesIsWhatTheKernelMoves) {
    for (const Duration slew : {Duration{300ms}, Duration{-300ms}}) {
        KernelModel kernel(kBoot, SystemTime{1'700'000'000'250'000'000});
        KernelAdjustment adjustment;
        adjustment.slew = slew;
        kernel.adjust(kBoot, adjustment);
        const RawTime later = kBoot + 1'100ms;
        const KernelReading reading = kernel.read(later);
        const SystemTime at = kernel.at(later);
        const double fraction = static_cast<double>(at.ns % 1'000'000'000) * 1e-9;
        const Duration predicted =
            chunk_still_moves(running_chunk(reading.slew_left, 0), fraction, 0ns);
        adjustment.slew = 0ns;  // only the running chunk goes on
        kernel.adjust(later, adjustment);
        const Duration moved = (kernel.at(later + 10s) - at) - 10s;
        EXPECT_NEAR(as_ns(predicted), as_ns(moved), 10);
    }
}

}  // namespace
}  // namespace berkeley
