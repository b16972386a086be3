// The crystals are what they are said to be.
#include "tests/sim/oscillator.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace berkeley::sim {
namespace {

TrueTime at_s(double s) {
    return TrueTime{seconds(s).count()};
}

TEST(OscillatorShape, a_constant_rate_is_gained_exactly) {
    Oscillator oscillator({.rate_error = 50 * kPpm, .wander = 0, .at_start = RawTime{1000}}, 1);
    EXPECT_EQ(oscillator.raw_at(at_s(3600)), (RawTime{1000} + 3600s + 180ms));
}

// A random walk: the variance of the rate grows with time.
TEST(OscillatorShape, wander_spreads_the_rate_with_the_root_of_time) {
    for (const double wander : {1e-9, 1e-8}) {
        double squares = 0;
        constexpr int kSeeds = 400;
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            Oscillator oscillator({.wander = wander}, seed);
            oscillator.raw_at(at_s(900));
            squares += oscillator.rate_error() * oscillator.rate_error();
        }
        EXPECT_NEAR(std::sqrt(squares / kSeeds), 30 * wander, 3 * wander);
    }
}

TEST(OscillatorShape, a_ramp_goes_on) {
    Oscillator oscillator({.wander = 0, .ramp_per_s = 1e-8}, 1);
    oscillator.raw_at(at_s(1000));
    EXPECT_NEAR(oscillator.rate_error(), 1e-5, 1e-8);
}

TEST(OscillatorShape, a_ramp_that_turns_goes_up_and_back) {
    Oscillator oscillator(
        {.wander = 0, .ramp_per_s = 1e-8, .ramp_turns = 600s, .ramp_begins = at_s(100)}, 1);
    const auto rate_at = [&oscillator](double s) {
        oscillator.raw_at(at_s(s));
        return oscillator.rate_error();
    };
    EXPECT_DOUBLE_EQ(rate_at(100), 0);
    EXPECT_NEAR(rate_at(400), 3e-6, 1e-12);
    EXPECT_NEAR(rate_at(700), 6e-6, 1e-12);
    EXPECT_NEAR(rate_at(1000), 3e-6, 1e-12);
    EXPECT_NEAR(rate_at(1300), 0, 1e-12);
}

TEST(OscillatorShape, a_drag_changes_the_rate_from_then_on) {
    Oscillator oscillator({.wander = 0}, 1);
    oscillator.raw_at(at_s(10));
    oscillator.drag(1e-8);
    oscillator.raw_at(at_s(110));
    EXPECT_NEAR(oscillator.rate_error(), 1e-6, 1e-12);
}

}  // namespace
}  // namespace berkeley::sim
