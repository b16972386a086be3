// Rates, and cluster time as a line over a raw clock.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "daemon/core/time/line.hpp"
#include "daemon/core/time/rate.hpp"
#include "daemon/core/time/text.hpp"

namespace berkeley {
namespace {

constexpr RawTime kAnchor{86'400'000'000'000};
constexpr ClusterTime kCluster{1'790'000'000'123'456'789};

TimeLine line_with(double rate) {
    return {kAnchor, kCluster, rate};
}

TEST(Rate, DurationsRoundToTheNearestNanosecond) {
    EXPECT_EQ(nanoseconds_of(1.4), 1ns);
    EXPECT_EQ(nanoseconds_of(1.6), 2ns);
    EXPECT_EQ(nanoseconds_of(-1.6), -2ns);
    EXPECT_EQ(seconds(0.25), 250ms);
    EXPECT_EQ(seconds(-1e-6), -1us);
}

TEST(Rate, WhatASpanGains) {
    EXPECT_EQ(gained(1s, 1 * kPpm), 1us);
    EXPECT_EQ(gained(-1s, 1 * kPpm), -1us);
    EXPECT_EQ(gained(2400h, 1 * kPpb), 8'640us);
    EXPECT_EQ(as_ppb(-12.5 * kPpm), -12'500);
}

TEST(RateDeathTest, ADurationOutOfRangeEndsTheProgram) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(nanoseconds_of(0x1p62 - 1024).count(), (std::int64_t{1} << 62) - 1024);
    EXPECT_DEATH(static_cast<void>(nanoseconds_of(0x1p62)), "duration out of range");
    EXPECT_DEATH(static_cast<void>(nanoseconds_of(-0x1p62)), "duration out of range");
    EXPECT_DEATH(static_cast<void>(nanoseconds_of(nan)), "duration out of range");
    EXPECT_DEATH(static_cast<void>(nanoseconds_of(INFINITY)), "duration out of range");
}

TEST(TimeLine, RunsFasterThanARawClockThatIsSlow) {
    const TimeLine line = line_with(50 * kPpm);
    EXPECT_EQ(line.at(kAnchor), kCluster);
    EXPECT_EQ(line.at(kAnchor + 1s), kCluster + 1s + 50us);
    EXPECT_EQ(line.at(kAnchor - 1s), kCluster - 1s - 50us);
}

TEST(TimeLine, AnchoringAnewKeepsTheLine) {
    for (const double rate : {0.0, 37 * kPpm, -500 * kPpm, 0.1}) {
        const TimeLine line = line_with(rate);
        const TimeLine later = line.anchored_at(kAnchor + 1234567891ns);
        EXPECT_EQ(later.anchor, kAnchor + 1234567891ns);
        EXPECT_EQ(later.rate, rate);
        for (const Duration since : {0ns, Duration{1s}, Duration{1h}, Duration{-1h}}) {
            const RawTime at = kAnchor + since;
            EXPECT_LE(std::abs((later.at(at) - line.at(at)).count()), 1) << rate;
        }
    }
}

TEST(TimeLine, RawAtIsTheInverse) {
    for (const double rate : {0.0, 37 * kPpm, -500 * kPpm, 0.099, -0.099}) {
        const TimeLine line = line_with(rate);
        for (const Duration since : {0ns, Duration{1ns}, Duration{777ms}, Duration{100h}}) {
            for (const RawTime raw : {kAnchor + since, kAnchor - since}) {
                EXPECT_LE(std::abs((line.raw_at(line.at(raw)) - raw).count()), 1) << rate;
            }
        }
    }
}

TEST(BoundedLine, TheBoundGrowsWithDistanceFromTheAnchorEitherWay) {
    const BoundedLine line{line_with(0), 10us, 100 * kPpm, 1us, 0, 0};
    EXPECT_EQ(line.bound_at(kAnchor), 10us);
    EXPECT_EQ(line.bound_at(kAnchor + 1s), 110us);
    EXPECT_EQ(line.bound_at(kAnchor - 1s), 110us);
}

TEST(BoundedLine, TheBoundHoldsWhatClusterTimeMayTurn) {
    const BoundedLine unknown{line_with(0), 10us, 100 * kPpm, 1us};
    EXPECT_EQ(unknown.bound_at(kAnchor + 1s), 120us);
    EXPECT_EQ(unknown.bound_at(kAnchor - 1s), 120us);
    const BoundedLine slow{line_with(0), 10us, 100 * kPpm, 1us, 0, 0.25 * kPpm};
    EXPECT_EQ(slow.bound_at(kAnchor), 10us);
    EXPECT_EQ(slow.bound_at(kAnchor + 2s), 210us + 500ns);
    EXPECT_EQ(slow.bound_at(kAnchor - 2s), 210us + 500ns);
    EXPECT_EQ(slow.bound_at(kAnchor + 100s), 10us + 110us * 100);
}

TEST(DurationText, TakesTheUnitThatFits) {
    EXPECT_EQ(to_text(0ns), "+0 ns");
    EXPECT_EQ(to_text(-999ns), "-999 ns");
    EXPECT_EQ(to_text(1us), "+1.0 µs");
    EXPECT_EQ(to_text(-12'345ns), "-12.3 µs");
    EXPECT_EQ(to_text(1500us), "+1.500 ms");
    EXPECT_EQ(to_text(1h), "+3600.000 s");
    EXPECT_EQ(to_text(-48h), "-2.0 days");
}

}  // namespace
}  // namespace berkeley
