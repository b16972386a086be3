#include "daemon/platform/stamp_translator.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr RawTime kRaw{50'000'000'000};
constexpr SystemTime kSystem{1'700'000'000'100'000'000};

ClockBracket at(Duration since, Duration offset = 0ns) {
    return {.raw = kRaw + since, .system = kSystem + since + offset, .half_width = 30ns};
}

TEST(StampTranslator, ReachesBackBeforeTheReadingsSince) {
    StampTranslator translator(at(0ms));
    for (int i = 1; i <= 14; ++i)
        translator.note(at(i * 2ms));
    for (const Duration when : {Duration{1ms}, Duration{2ms}, Duration{9ms}, Duration{28500us}}) {
        const auto stamp = translator.translate(kSystem + when, at(29ms));
        ASSERT_TRUE(stamp);
        EXPECT_EQ(stamp->at, kRaw + when);
    }
}

TEST(StampTranslator, DropsWhatIsOlderThanItsReadings) {
    StampTranslator translator(at(0ms));
    for (int i = 1; i <= 40; ++i)
        translator.note(at(i * 2ms));
    EXPECT_TRUE(translator.translate(kSystem + 60ms, at(81ms)));
    EXPECT_FALSE(translator.translate(kSystem + 10ms, at(81ms)));
}

TEST(StampTranslator, ReadingsCloseTogetherDoNotPushOutOldOnes) {
    StampTranslator translator(at(0ms));
    for (int i = 1; i <= 1000; ++i)
        translator.note(at(i * 1us));
    EXPECT_TRUE(translator.translate(kSystem + 1us, at(1100us)));
}

TEST(StampTranslator, StampsOfBeforeASettingAreDropped) {
    for (const Duration step : {Duration{50ms}, Duration{-50ms}}) {
        StampTranslator translator(at(0ms));
        translator.note(at(900ms));
        translator.forget(at(999ms, step));
        EXPECT_FALSE(translator.translate(kSystem + 998ms, at(1000ms, step)));
        EXPECT_TRUE(translator.translate(kSystem + 999500us + step, at(1000ms, step)));
    }
}

TEST(StampTranslator, KnowsWhetherTheClocksWereLookedAtSince) {
    StampTranslator translator(at(0ms));
    EXPECT_FALSE(translator.looked_later_than(at(0ms)));
    translator.note(at(1us));  // too soon to be kept
    EXPECT_TRUE(translator.looked_later_than(at(0ms)));
    EXPECT_FALSE(translator.looked_later_than(at(2us)));
    translator.forget(at(3us, -50ms));
    EXPECT_TRUE(translator.looked_later_than(at(2us)));
}

}  // namespace
}  // namespace berkeley
