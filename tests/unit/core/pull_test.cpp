#include "daemon/core/agree/pull.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr double kNoLimit = 1;

// References whose time runs at `rate` against the clocks' own timescale, and begins `off` ahead.
struct Course {
    Pull pull = {};
    double off_ns = 0;
    double rate = 0;
    double turned = 0;  // of the clocks' own timescale

    void run(int seconds_long, bool believed = true) {
        for (int s = 0; s < seconds_long; ++s) {
            const auto off = believed ? std::optional(nanoseconds_of(off_ns)) : std::nullopt;
            turned += pull.steer(off, true, 1s, 1s, kNoLimit);
            off_ns += (rate - turned - pull.rate()) * 1e9;
        }
    }
};

TEST(Pull, BringsAnOffsetDownWithinItsLimit) {
    Course course{.off_ns = 50e6};
    for (int minute = 0; minute < 200; ++minute) {
        course.run(60);
        EXPECT_LE(std::abs(course.pull.rate()), Pull::kMost);
    }
    EXPECT_NEAR(course.off_ns, 0, 1e6);
    course.run(4 * 3600);
    EXPECT_NEAR(course.off_ns, 0, 10e3);
}

TEST(Pull, TurnsTheRateSlowly) {
    Course course{.rate = 3 * kPpm};
    for (int minute = 0; minute < 60; ++minute) {
        const double before = course.turned;
        course.run(60);
        EXPECT_LE(course.turned - before, Pull::kMostTurn * 60 * 1.0001);
    }
    course.run(6 * 3600);
    EXPECT_NEAR(course.turned, 3 * kPpm, 20 * kPpb);
    EXPECT_NEAR(course.off_ns, 0, 20e3);
}

TEST(Pull, LearnsTheRateQuicklyWhenClusterTimeIsFormed) {
    Course course{.rate = -90 * kPpm};
    const double at_rest = course.pull.margin();
    course.pull.begin_learning();
    EXPECT_GE(course.pull.margin(), at_rest + 200 * kPpm);
    course.run(480);
    EXPECT_NEAR(course.turned, -90 * kPpm, 0.5 * kPpm);
    course.run(600);
    EXPECT_EQ(course.pull.margin(), at_rest);
    EXPECT_NEAR(course.off_ns, 0, 100e3);
}

TEST(Pull, TurnsNoFurtherThanOscillatorsMayBeOff) {
    Course course{.rate = 150 * kPpm};
    course.run(12 * 3600);
    EXPECT_LE(course.turned, Pull::kMostTurned * 1.0001);
    EXPECT_GT(course.turned, 0.9 * Pull::kMostTurned);
}

TEST(Pull, LetsGoWithoutAJumpOfTheRate) {
    Course course{.off_ns = 1e9};
    course.run(600);
    EXPECT_NEAR(course.pull.rate(), Pull::kMost, 1 * kPpb);
    double last = course.pull.rate();
    for (int s = 0; s < 300; ++s) {
        course.run(1, false);
        EXPECT_LE(last - course.pull.rate(), 51 * kPpb);
        last = course.pull.rate();
    }
    EXPECT_EQ(course.pull.rate(), 0);
}

TEST(Pull, KeepsToWhatIsLeftOfTheTurnLimit) {
    Pull pull = {};
    pull.steer(Duration{1s}, true, 1s, 1s, 3 * kPpb);
    EXPECT_NEAR(pull.rate(), 3 * kPpb, 1e-15);
}

TEST(Pull, DoesNotTakeAnotherSetOfReferencesForARate) {
    Pull pull = {};
    double turned = 0;
    for (int s = 0; s < 600; ++s) {
        const bool same = s % 100 != 99;
        const Duration off = (s / 100) % 2 == 0 ? Duration{0ns} : 5ms;
        turned += std::abs(pull.steer(off, same && s % 100 != 0, 1s, 1s, kNoLimit));
    }
    EXPECT_LT(turned, 0.5 * kPpm);
}

TEST(Pull, SaysHowLongItTakes) {
    EXPECT_EQ(Pull::time_for(-500ms), 100'000s);
    EXPECT_GT(Pull::time_for(Duration::max()), Duration{24h});
}

}  // namespace
}  // namespace berkeley
