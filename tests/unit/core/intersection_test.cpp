// Where the intervals of a majority meet, by example and against brute force.
#include "daemon/core/agree/intersection.hpp"

#include <random>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

using Agrees = std::vector<bool>;

TEST(Intersect, OneAloneIsItself) {
    const std::vector<Reading> one{{7ms, 3us}};
    const auto found = intersect(one);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->middle, 7ms);
    EXPECT_EQ(found->range.low, Duration{7ms} - 3us);
    EXPECT_EQ(found->range.high, Duration{7ms} + 3us);
}

TEST(Intersect, TwoThatContradictEachOtherAreNothing) {
    EXPECT_FALSE(intersect(std::vector<Reading>{{0ns, 1ms}, {3ms, 1ms}}));
    EXPECT_TRUE(intersect(std::vector<Reading>{{0ns, 1ms}, {2ms, 1ms}})) << "they touch";
}

TEST(Intersect, AFalseOneOfThreeIsLeftOutWhateverItStates) {
    for (const Duration states : {Duration{1ns}, Duration{1ms}}) {
        const auto found = intersect(std::vector<Reading>{{0ns, 1ms}, {5s, states}, {200us, 1ms}});
        ASSERT_TRUE(found);
        EXPECT_EQ(found->agrees, (Agrees{true, false, true}));
        EXPECT_EQ(found->middle, 100us);
    }
}

// A receiver that is sure to a microsecond, beside two that have their time from far away.
TEST(Intersect, WhoIsSurerSaysWhere) {
    const auto found = intersect(std::vector<Reading>{{-4ms, 10ms}, {0ns, 1us}, {7ms, 10ms}});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->agrees, (Agrees{true, true, true}));
    EXPECT_EQ(found->middle, 0ns);
    EXPECT_LE(found->range.width(), Duration{2us});
}

// Two pairs meet, and which of them is true cannot be told: the median lies in between.
TEST(Intersect, OfTwoPlacesNeitherIsChosen) {
    const auto found = intersect(std::vector<Reading>{{-3ms, 1ms}, {-1ms, 2ms}, {2ms, 2ms}});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->agrees, (Agrees{true, true, true}));
    EXPECT_EQ(found->middle, -1ms);
}

// A point that most intervals hold, and how many do.
std::size_t most_at_a_point(const std::vector<Reading>& readings) {
    std::size_t most = 0;
    for (const Reading& at : readings) {
        std::size_t holding = 0;
        for (const Reading& other : readings)
            holding += other.range().holds(at.range().low) ? 1U : 0U;
        most = std::max(most, holding);
    }
    return most;
}

TEST(Intersect, AgreesWithBruteForce) {
    std::mt19937_64 random(1);
    const auto below = [&random](std::int64_t limit) {
        return Duration{std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random)};
    };
    for (int round = 0; round < 20'000; ++round) {
        std::vector<Reading> readings(1 + static_cast<std::size_t>(below(7).count()));
        for (Reading& reading : readings)
            reading = {below(30), below(10)};
        const std::size_t most = most_at_a_point(readings);
        const auto found = intersect(readings);
        ASSERT_EQ(found.has_value(), most >= majority_of(readings.size()));
        if (!found)
            continue;
        EXPECT_TRUE(found->range.holds(found->middle));
        for (const Duration end : {found->range.low, found->range.high}) {
            std::size_t holding = 0;
            for (const Reading& reading : readings)
                holding += reading.range().holds(end) ? 1U : 0U;
            EXPECT_EQ(holding, most) << "an end where fewer meet";
        }
    }
}

}  // namespace
}  // namespace berkeley
