// The Berkeley step by example; tests/property holds it against brute force.
#include "daemon/core/agree/average.hpp"

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

using Counted = std::vector<bool>;

TEST(Agree, MajorityOfTheExpectedVoters) {
    EXPECT_EQ(majority_of(1), 1U);
    EXPECT_EQ(majority_of(2), 2U);
    EXPECT_EQ(majority_of(3), 2U);
    EXPECT_EQ(majority_of(4), 3U);
    EXPECT_EQ(majority_of(5), 3U);
    EXPECT_EQ(majority_of(7), 4U);
}

TEST(Agree, FewerReadingsThanRequiredAgreeOnNothing) {
    const std::vector<Reading> two{{0ns, 1us}, {0ns, 1us}};
    EXPECT_FALSE(agree(two, 3, 20ms).has_value());
    EXPECT_FALSE(agree({}, 1, 20ms).has_value());
    EXPECT_TRUE(agree(two, 2, 20ms).has_value());
}

TEST(Agree, OneAloneAgreesWithItself) {
    const std::vector<Reading> one{{7ms, 3us}};
    const auto agreement = agree(one, 1, 0ns);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->average, 7ms);
    EXPECT_EQ(agreement->tightest.low, Duration{7ms} - 3us);
    EXPECT_EQ(agreement->tightest.high, Duration{7ms} + 3us);
}

TEST(Agree, AveragesAllThatLieTogether) {
    const std::vector<Reading> readings{{0ns, 1us}, {4ms, 1us}, {5ms, 1us}};
    const auto agreement = agree(readings, 2, 20ms);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->counted, (Counted{true, true, true}));
    EXPECT_EQ(agreement->average, 3ms);
    EXPECT_EQ(agreement->tightest.low, Duration{4ms} - 1us);
    EXPECT_EQ(agreement->tightest.high, Duration{5ms} + 1us);
}

TEST(Agree, OneAnHourOffIsNotCounted) {
    const std::vector<Reading> readings{{0ns, 1us}, {2ms, 1us}, {1h, 1us}, {4ms, 1us}, {6ms, 1us}};
    const auto agreement = agree(readings, 3, 20ms);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->counted, (Counted{true, true, false, true, true}));
    EXPECT_EQ(agreement->average, 3ms);
}

// 4.3BSD's timed would take the two as the largest set within 20 ms.
TEST(Agree, TwoColludersAnHourOffDoNotOutvoteScatteredHonestClocks) {
    const std::vector<Reading> readings{
        {-400ms, 1us}, {1h, 1us}, {0ns, 1us}, {1h, 1us}, {300ms, 1us}};
    const auto agreement = agree(readings, 3, 20ms);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->counted, (Counted{true, false, true, false, true}));
    EXPECT_EQ(agreement->average, nanoseconds_of(-100e6 / 3));
}

TEST(Agree, GammaLetsInTheNearAndNotTheFar) {
    const std::vector<Reading> readings{{0ns, 0ns}, {1ms, 0ns}, {21ms, 0ns}, {21ms + 1ns, 0ns}};
    const auto agreement = agree(readings, 2, 20ms);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->tightest.low, Duration{21ms});
    const auto three = agree(std::span(readings).first(3), 2, 20ms);
    EXPECT_EQ(three->counted, (Counted{true, true, true}));
    const std::vector<Reading> beyond{{0ns, 0ns}, {1ms, 0ns}, {21ms + 1ns, 0ns}};
    EXPECT_EQ(agree(beyond, 2, 20ms)->counted, (Counted{true, true, false}));
}

TEST(Agree, AnUncertainReadingCountsByItsOffsetAndDoesNotHideATightAgreement) {
    const std::vector<Reading> readings{{0ns, 1us}, {10us, 1us}, {5us, 1h}};
    const auto agreement = agree(readings, 2, 1ms);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->tightest.width(), 12us);
    EXPECT_EQ(agreement->counted, (Counted{true, true, true}));
    EXPECT_EQ(agreement->average, 5us);
}

TEST(Agree, OfEquallyTightIntervalsTheEarliest) {
    const std::vector<Reading> readings{{3h, 1us}, {1h, 1us}, {2h, 1us}};
    const auto agreement = agree(readings, 2, 0ns);
    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->tightest.low, Duration{1h} - 1us);
    EXPECT_EQ(agreement->counted, (Counted{false, true, true}));
}

TEST(Agree, DecadesDoNotOverflowTheAverage) {
    constexpr Duration kDecades{std::int64_t{1} << 61};
    const std::vector<Reading> readings(9, Reading{kDecades, 1us});
    EXPECT_EQ(agree(readings, 5, 0ns)->average, kDecades);
    const std::vector<Reading> before(9, Reading{-kDecades - 1ns, 1us});
    EXPECT_EQ(agree(before, 5, 0ns)->average, -kDecades - 1ns);
}

TEST(AgreeDeathTest, AnAgreementOfNobodyIsABug) {
    EXPECT_DEATH(static_cast<void>(agree({}, 0, 0ns)), "agreement of nobody");
}

}  // namespace
}  // namespace berkeley
