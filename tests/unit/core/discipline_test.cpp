#include "daemon/core/steer/discipline.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/core/steer/slew.hpp"
#include "daemon/platform/kernel_model.hpp"

namespace berkeley {
namespace {

constexpr RawTime kBoot{5'000'000'000};
constexpr ClusterTime kCluster{1'700'000'000'250'000'000};

// A kernel clock `offset` away from a line, and a daemon that comes by now and then.
class Steered {
  public:
    Steered(Duration offset, double line_rate)
        : line_{kBoot, kCluster, line_rate},
          kernel_(kBoot, SystemTime{kCluster.ns} + offset),
          sign_(offset < 0ns ? -1 : 1) {}

    void pass(Duration by) {
        const RawTime end = now_ + by;
        while (now_ < end) {
            now_ = std::min(end, now_ + 20ms);
            furthest_ = std::min(furthest_, sign_ * as_ns(offset()));
        }
    }

    void attend() {
        const Moment moment{now_, kernel_.at(now_)};
        const KernelAdjustment adjustment =
            discipline_.slew(moment, kernel_.read(now_), line_.rate, -offset_of(moment, line_));
        kernel_.adjust(now_, adjustment);
    }

    void step(Duration by) {
        kernel_.step(now_, by);
        discipline_.forget_slew();
    }

    Duration offset() { return offset_of({now_, kernel_.at(now_)}, line_); }
    // How far beyond the line it ever was, ns.
    double overshoot() const { return -furthest_; }
    Duration since_boot() const { return now_ - kBoot; }
    double kernel_rate() { return rate_of(kernel_.read(now_).rate); }

  private:
    TimeLine line_;
    KernelModel kernel_;
    Discipline discipline_;
    RawTime now_ = kBoot;
    double sign_;
    double furthest_ = 0;
};

const std::vector<Duration> kOffsets{1ms, 7ms, 30ms, 100ms, 200ms, 390ms, 500ms, 900ms, 3s};

void expect_arrived(Steered& clock, Duration start) {
    const double tolerance = std::max(1e-3 * std::abs(as_ns(start)), 200.0);
    EXPECT_LE(std::abs(as_ns(clock.offset())), tolerance) << "from " << start.count();
    EXPECT_LE(clock.overshoot(), tolerance) << "from " << start.count();
}

TEST(KernelRates, ComeBackAsTheyWereAskedFor) {
    for (const double rate :
         {0.0, 1e-9, -37.25e-6, 500e-6, -500e-6, 501e-6, -4321.5e-6, 0.0999, 0.1, -0.1}) {
        const KernelRate kernel = kernel_rate_for(rate);
        EXPECT_NEAR(rate_of(kernel), rate, 0.51 * kPpm / 65536) << rate;
        EXPECT_LE(std::abs(kernel.frequency), std::int64_t{500} << 16);
        EXPECT_GE(kernel.tick_us, 9'000);
        EXPECT_LE(kernel.tick_us, 11'000);
    }
}

TEST(KernelRates, TheTickStaysNominalWhereTheFrequencyIsEnough) {
    EXPECT_EQ(kernel_rate_for(500 * kPpm).tick_us, 10'000);
    EXPECT_EQ(kernel_rate_for(-500 * kPpm).tick_us, 10'000);
    EXPECT_EQ(kernel_rate_for(520 * kPpm).tick_us, 10'005);
}

TEST(KernelRates, BeyondWhatTheKernelTakesIsTheMostItTakes) {
    EXPECT_NEAR(rate_of(kernel_rate_for(0.5)), 0.1, 1e-9);
    EXPECT_NEAR(rate_of(kernel_rate_for(-0.5)), -0.1, 1e-9);
}

TEST(Discipline, OffsetIsSystemClockMinusClusterTime) {
    const TimeLine line{kBoot, kCluster, 0};
    EXPECT_EQ(offset_of({kBoot + 2s, SystemTime{kCluster.ns} + 2s + 5ms}, line), 5ms);
}

TEST(Discipline, DeclaringEverySecondArrivesWithoutOvershoot) {
    for (const Duration size : kOffsets) {
        for (const Duration start : {size, -size}) {
            for (const double rate : {0.0, 40 * kPpm}) {
                Steered clock(start, rate);
                while (clock.since_boot() < 120s) {
                    clock.attend();
                    clock.pass(1s);
                }
                expect_arrived(clock, start);
            }
        }
    }
}

TEST(Discipline, DeclaringInMidSecondAtAnyMomentDoesNotOvershootEither) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> gap(0.001, 1.5);
    for (int round = 0; round < 20; ++round) {
        for (const Duration size : kOffsets) {
            const Duration start = round % 2 == 0 ? size : -size;
            Steered clock(start, -25 * kPpm);
            while (clock.since_boot() < 120s) {
                clock.attend();
                clock.pass(seconds(gap(random)));
            }
            expect_arrived(clock, start);
        }
    }
}

// The same, many times within one second.
TEST(Discipline, DeclaringTwentyTimesASecondDoesNotOvershoot) {
    for (const Duration start : {Duration{200ms}, Duration{-200ms}}) {
        Steered clock(start, 0);
        while (clock.since_boot() < 60s) {
            clock.attend();
            clock.pass(50ms);
        }
        expect_arrived(clock, start);
    }
}

TEST(Discipline, KilledAtAnyMomentTheClockArrivesByItself) {
    std::mt19937_64 random(2);
    std::uniform_real_distribution<double> gap(0.01, 1.2);
    std::uniform_int_distribution<int> visits(1, 12);
    for (int round = 0; round < 60; ++round) {
        for (const Duration size : {1ms, 20ms, 200ms, 390ms}) {
            const Duration start = round % 2 == 0 ? size : -size;
            Steered clock(start, 0);
            for (int visit = visits(random); visit > 0; --visit) {
                clock.attend();
                clock.pass(seconds(gap(random)));
            }
            clock.pass(300s);  // nobody comes
            expect_arrived(clock, start);
        }
    }
}

TEST(Discipline, KilledItKeepsTheBestKnownRate) {
    Steered clock(100ms, -123.4 * kPpm);
    clock.attend();
    clock.pass(1'500ms);
    EXPECT_NEAR(clock.kernel_rate(), -123.4 * kPpm, kPpm / 65536);
}

TEST(Discipline, HalfASecondTakesAboutTwentyTwoSecondsToAMillisecond) {
    for (const Duration start : {Duration{500ms}, Duration{-500ms}}) {
        Steered clock(start, 0);
        while (std::abs(clock.offset().count()) > 1'000'000) {
            ASSERT_LT(clock.since_boot(), 60s);
            clock.attend();
            clock.pass(1s);
        }
        EXPECT_GE(clock.since_boot(), 18s);
        EXPECT_LE(clock.since_boot(), 26s);
    }
}

TEST(Discipline, AStepForgetsTheSlewThatTheKernelDropped) {
    Steered clock(300ms, 0);
    clock.attend();
    clock.pass(1'300ms);
    clock.step(-clock.offset() + 10ms);
    clock.attend();  // within the same second, in which a chunk was running
    clock.pass(120s);
    EXPECT_LE(std::abs(as_ns(clock.offset())), 10e3);
    EXPECT_LE(clock.overshoot(), 10e3);
}

// The kernel may turn to the next second's chunk at once or two ticks late: what it moves then is
// what was declared, or up to a turn's worth of the running chunk less, but never more.
TEST(Discipline, ReckonsWithTheLatestTurn) {
    for (const Duration move : {Duration{200ms}, Duration{-200ms}}) {
        KernelReading kernel;
        kernel.phase_locked = true;
        kernel.slew_left = move * 3 / 4;
        const Moment now{kBoot, SystemTime{1'700'000'000'800'000'000}};
        Discipline punctual;
        const Duration declared = punctual.slew(now, kernel, 0, move).slew;
        kernel.turn_delay = 8ms;
        Discipline late;
        const Duration less = late.slew(now, kernel, 0, move).slew;
        const double chunk = as_ns(move) / 4;
        EXPECT_NEAR(as_ns(declared - less), chunk * 0.008, std::abs(chunk) * 0.001);
        EXPECT_NEAR(as_ns(late.still_running() - punctual.still_running()), chunk * 0.008,
                    std::abs(chunk) * 0.001);
    }
}

}  // namespace
}  // namespace berkeley
