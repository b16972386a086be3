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

// A rate that had not turned yet was made up for by the pull.
TEST(Pull, GoesOnAtTheRateItHadWhenReferencesAreLost) {
    Course course{.rate = 0.5 * kPpm};
    course.run(1800);
    EXPECT_LT(course.turned, 0.45 * kPpm);
    for (int s = 0; s < 600; ++s) {
        EXPECT_NEAR(course.turned + course.pull.rate(), 0.5 * kPpm, 50 * kPpb) << s;
        course.run(1, false);
    }
    EXPECT_EQ(course.pull.rate(), 0);
    EXPECT_NEAR(course.turned, 0.5 * kPpm, 1 * kPpb);
}

// Lost and found again, over and over, by a reference that runs away.
TEST(Pull, TurnsNoFasterForBeingLost) {
    Course course{.rate = 150 * kPpm};
    for (int time = 0; time < 9; ++time) {
        course.run(320);
        course.run(80, false);
    }
    EXPECT_LE(course.turned, Pull::kMostTurn * 3600 * 1.01);
}

TEST(Pull, KeepsToWhatIsLeftOfTheTurnLimit) {
    Pull pull = {};
    pull.steer(Duration{1s}, true, 1s, 1s, 3 * kPpb);
    EXPECT_NEAR(pull.rate(), 3 * kPpb, 1e-15);
}

// Every ten seconds others are believed, each 150 us further away than those before.
double turned_by_newcomers(bool told_apart) {
    Pull pull = {};
    double turned = 0;
    double off_ns = 0;
    for (int s = 0; s < 600; ++s) {
        const bool others = s % 10 == 0;
        off_ns += others ? 150e3 : 0;
        turned += pull.steer(nanoseconds_of(off_ns), !(told_apart && others), 1s, 1s, kNoLimit);
        off_ns -= (turned + pull.rate()) * 1e9;
    }
    return turned;
}

TEST(Pull, DoesNotTakeAnotherSetOfReferencesForARate) {
    EXPECT_NEAR(turned_by_newcomers(true), 0, 1 * kPpb);
    EXPECT_GT(turned_by_newcomers(false), 1 * kPpm) << "it would be one";
}

TEST(Pull, GoesOnAcrossAMoveOfClusterTime) {
    Course course{.off_ns = 1e6};
    course.run(300);
    const double turned = course.turned;
    for (int i = 0; i < 20; ++i) {
        course.pull.cluster_time_moved(100us);
        course.off_ns -= 100e3;
        course.run(10);
    }
    EXPECT_NEAR(course.turned, turned, 1 * kPpb);
}

TEST(Pull, SaysHowLongItTakes) {
    EXPECT_EQ(Pull::time_for(-500ms), 100'000s);
    EXPECT_GT(Pull::time_for(Duration::max()), Duration{24h});
}

}  // namespace
}  // namespace berkeley
