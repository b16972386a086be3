#include "daemon/core/time/leap.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr ClusterTime kNewYear{1'798'761'600'000'000'000};  // 2027-01-01 00:00 UTC

TEST(LeapSecond, MovesClocksAtMidnightOrASecondBefore) {
    const LeapSecond inserted{kNewYear, true};
    EXPECT_EQ(inserted.at(), kNewYear);
    EXPECT_EQ(inserted.by(), -1s);
    const LeapSecond deleted{kNewYear, false};
    EXPECT_EQ(deleted.at(), kNewYear - 1s);
    EXPECT_EQ(deleted.by(), 1s);
}

TEST(LeapSecond, ComesAtTheEndOfAMonthOnly) {
    EXPECT_EQ(midnight_for_leap(kNewYear - 1ns), kNewYear);
    EXPECT_EQ(midnight_for_leap(kNewYear - 24h), kNewYear);
    EXPECT_EQ(midnight_for_leap(kNewYear - 24h - 1ns), std::nullopt);
    EXPECT_EQ(midnight_for_leap(kNewYear), std::nullopt);
    EXPECT_EQ(midnight_for_leap(kNewYear + 30 * Duration{24h}), kNewYear + 31 * Duration{24h});
}

TEST(Calendar, CountsALeapSecondAndTai) {
    Calendar calendar{.guided = true, .coming = LeapSecond{kNewYear, true}, .tai_s = 37};
    calendar.leap(-1s);
    EXPECT_EQ(calendar.leaps, -1);
    EXPECT_EQ(calendar.tai_s, 38);
    EXPECT_EQ(calendar.coming, std::nullopt);
    calendar.leap(1s);
    EXPECT_EQ(calendar.leaps, 0);
    EXPECT_EQ(calendar.tai_s, 37);
}

}  // namespace
}  // namespace berkeley
