#include "daemon/core/measure/round_trip_floor.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

constexpr RawTime kStart{5'000'000'000};

TEST(RoundTripFloor, KnowsNothingAtFirst) {
    RoundTripFloor floor;
    EXPECT_TRUE(floor.empty());
    floor.add(kStart, 300us);
    EXPECT_FALSE(floor.empty());
    EXPECT_EQ(floor.least(), 300us);
    EXPECT_EQ(floor.jitter(), 150us);  // until more is known, half of it might be jitter
    EXPECT_LT(floor.one_way(), 100us);
}

TEST(RoundTripFloor, AShorterRouteIsBelievedAtOnce) {
    RoundTripFloor floor;
    for (int i = 0; i < 1000; ++i)
        floor.add(kStart + i * Duration{1s}, 400us);
    floor.add(kStart + 1000s, 250us);
    EXPECT_EQ(floor.least(), 250us);
    EXPECT_LE(floor.one_way(), 125us);
}

TEST(RoundTripFloor, ALongerRouteIsBelievedAfterAnHour) {
    RoundTripFloor floor;
    Duration t{0};
    for (; t < 1800s; t += 10s)
        floor.add(kStart + t, 200us);
    const Duration changed = t;
    Duration believed{0};
    for (; t < changed + 3h; t += 10s) {
        floor.add(kStart + t, 600us);
        if (believed == 0ns && floor.least() == 600us)
            believed = t - changed;
    }
    EXPECT_GT(believed, 50min);
    EXPECT_LE(believed, 61min);
}

TEST(RoundTripFloor, AnHourWithoutAnySampleForgetsTheOldFloor) {
    RoundTripFloor floor;
    floor.add(kStart, 200us);
    floor.add(kStart + 40min, 600us);
    EXPECT_EQ(floor.least(), 200us);
    floor.add(kStart + 61min, 700us);
    EXPECT_EQ(floor.least(), 600us);
    floor.add(kStart + 100h, 900us);
    EXPECT_EQ(floor.least(), 900us);
}

TEST(RoundTripFloor, AFloorStaysWhileItIsTouched) {
    RoundTripFloor floor;
    for (Duration t{0}; t < 5h; t += 30s)
        floor.add(kStart + t, t % 20min == 0s ? 200us : 300us);
    EXPECT_EQ(floor.least(), 200us);
}

TEST(RoundTripFloor, SamplesOutOfOrderDoNoHarm) {
    RoundTripFloor floor;
    floor.add(kStart + 2h, 300us);
    floor.add(kStart, 250us);
    floor.add(kStart + 2h, 280us);
    EXPECT_EQ(floor.least(), 250us);
}

// Exponential jitter of known mean J either way: the guess of the floor lies within a few
// J/sqrt(n).
TEST(RoundTripFloor, FindsFloorAndJitterOfExponentialQueues) {
    constexpr double kBase_ns = 100e3;
    constexpr double kJitter_ns = 80e3;
    for (const int samples : {16, 256, 1000}) {
        double error_sum = 0;
        double jitter_sum = 0;
        constexpr int kSeeds = 200;
        for (int seed = 0; seed < kSeeds; ++seed) {
            std::mt19937_64 random(static_cast<std::uint64_t>(seed));
            std::exponential_distribution<double> queue(1 / kJitter_ns);
            RoundTripFloor floor;
            for (int i = 0; i < samples; ++i) {
                floor.add(kStart + i * Duration{1s},
                          nanoseconds_of(2 * kBase_ns + queue(random) + queue(random)));
            }
            error_sum += as_ns(floor.one_way()) - kBase_ns;
            jitter_sum += as_ns(floor.jitter());
        }
        const double expected_scatter = kJitter_ns / std::sqrt(samples);
        EXPECT_LT(std::abs(error_sum / kSeeds), 0.25 * expected_scatter) << samples;
        // The mean excess is over the least seen so far, which falls short of the true floor.
        EXPECT_NEAR(jitter_sum / kSeeds, kJitter_ns, 0.25 * kJitter_ns) << samples;
    }
}

}  // namespace
}  // namespace berkeley
