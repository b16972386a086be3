#include "daemon/platform/clock_bracket.hpp"

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

constexpr RawTime kRaw{50'000'000'000};
constexpr SystemTime kSystem{1'700'000'000'100'000'000};

ClockBracket bracket(Duration raw_after, Duration system_after, double rate = 0) {
    return {.raw = kRaw + raw_after,
            .system = kSystem + system_after,
            .half_width = 30ns,
            .rate = rate};
}

TEST(ClockBracket, IsTightAndGoesForward) {
    const ClockBracket first = read_clock_bracket();
    const ClockBracket second = read_clock_bracket();
    EXPECT_GT(second.raw, first.raw);
    EXPECT_GE(first.half_width, 0ns);
    EXPECT_LT(std::min(first.half_width, second.half_width), 20us);
    EXPECT_GE(first.suspended, 0ns);
    EXPECT_EQ(first.suspended, second.suspended);
}

TEST(TranslateStamp, InterpolatesWithinASecond) {
    // A slew of 10 % throughout.
    const auto stamp =
        translate_stamp(kSystem + 55ms, bracket(0ms, 0ms), bracket(100ms, 110ms, 0.1));
    ASSERT_TRUE(stamp);
    EXPECT_NEAR(as_ns(stamp->at - kRaw), 50e6, 1);
    EXPECT_LE(stamp->error, 40ns);
    EXPECT_EQ(stamp->source, StampSource::kernel);
}

TEST(TranslateStamp, TakesTheRunningRateAfterASecondBegan) {
    // Without a slew for 950 ms, then 8 % for 100 ms: a stamp of 1 ms ago.
    const auto stamp =
        translate_stamp(kSystem + 1057ms, bracket(0ms, 0ms), bracket(1050ms, 1058ms, 0.08));
    ASSERT_TRUE(stamp);
    EXPECT_NEAR(as_ns(stamp->at - kRaw), 1050e6 - 1e6 / 1.08, 2);
    EXPECT_GE(stamp->error, 70us);  // the mean rate says otherwise, and might be right
    EXPECT_LE(stamp->error, 80us);
}

TEST(TranslateStamp, NearTheEarlierBracketCountsFromThere) {
    const auto stamp =
        translate_stamp(kSystem + 1us, bracket(0ms, 0ms), bracket(100ms, 100ms + 10us, 100e-6));
    ASSERT_TRUE(stamp);
    EXPECT_NEAR(as_ns(stamp->at - kRaw), 1000, 1);
}

TEST(TranslateStamp, MayLieSlightlyOutside) {
    const ClockBracket before = bracket(0ms, 0ms);
    const ClockBracket after = bracket(1ms, 1ms);
    EXPECT_TRUE(translate_stamp(kSystem + 1ms + 80us, before, after));
    EXPECT_TRUE(translate_stamp(kSystem - 80us, before, after));
    EXPECT_FALSE(translate_stamp(kSystem + 1ms + 120us, before, after));
    EXPECT_FALSE(translate_stamp(kSystem - 120us, before, after));
}

TEST(TranslateStamp, IsDroppedIfTheClockWasSet) {
    EXPECT_FALSE(translate_stamp(kSystem + 1ms, bracket(0ms, 0ms), bracket(10ms, 12ms)));
    EXPECT_FALSE(translate_stamp(kSystem, bracket(0ms, 0ms), bracket(10ms, -5s)));
    EXPECT_FALSE(translate_stamp(kSystem + 1h, bracket(0ms, 0ms), bracket(10ms, 1h)));
}

TEST(TranslateStamp, NeedsBracketsInOrder) {
    EXPECT_FALSE(translate_stamp(kSystem, bracket(10ms, 10ms), bracket(0ms, 0ms)));
    EXPECT_FALSE(translate_stamp(kSystem, bracket(0ms, 0ms), bracket(0ms, 0ms)));
}

TEST(TranslateStamp, BracketsTooCloseSayNothingOfTheRate) {
    const auto stamp =
        translate_stamp(kSystem + 500ns, bracket(0ns, 0ns), bracket(1000ns, 1050ns, 1e-5));
    ASSERT_TRUE(stamp);
    EXPECT_NEAR(as_ns(stamp->at - kRaw), 500, 60);
}

}  // namespace
}  // namespace berkeley
