#include "daemon/core/measure/filter_bank.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr Duration kJitter = 100us;
constexpr double kJitter_ns = 100e3;
constexpr double kPoll_s = 3;

// A peer whose rate walks, seen through exponential queues; and what a filter makes of it.
struct Scene {
    explicit Scene(std::uint64_t seed) : random(seed) {}

    OffsetRange next(double wander) {
        std::normal_distribution<double> normal;
        std::exponential_distribution<double> queue(1 / kJitter_ns);
        const double walk = wander * 1e9 * std::sqrt(kPoll_s) * normal(random);
        offset_ns += kPoll_s * (rate_ns + walk / 2);
        rate_ns += walk;
        now = now + seconds(kPoll_s);
        const double there = queue(random) + edge_ns * normal(random);
        const double back = queue(random) + edge_ns * normal(random);
        return {nanoseconds_of(offset_ns - back), nanoseconds_of(offset_ns + there)};
    }

    std::mt19937_64 random;
    RawTime now{1'000'000'000'000};
    double offset_ns = 0;
    double rate_ns = 20e3;
    double edge_ns = 0;  // one sigma, by which a few are faster than most
};

struct Errors {
    double bank = 0;
    double ordinary = 0;
    double claimed = 0;
    double wander = 0;
};

// Root mean squares over some seeds, after an hour.
Errors errors_with(double wander) {
    Errors errors;
    int samples = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Scene scene(seed);
        FilterBank bank;
        ClockFilter ordinary;
        for (int i = 0; i < 2400; ++i) {
            const OffsetRange range = scene.next(wander);
            bank.update(scene.now, range, {.jitter = kJitter});
            ordinary.update(scene.now, range, 700ns);
            if (i < 1200)
                continue;
            ++samples;
            errors.bank += std::pow(as_ns(bank.offset_at(scene.now)) - scene.offset_ns, 2);
            errors.ordinary += std::pow(as_ns(ordinary.offset_at(scene.now)) - scene.offset_ns, 2);
            errors.claimed += std::pow(as_ns(bank.offset_sigma_at(scene.now)), 2);
        }
        errors.wander += bank.wander() / 8;
    }
    errors.bank = std::sqrt(errors.bank / samples);
    errors.ordinary = std::sqrt(errors.ordinary / samples);
    errors.claimed = std::sqrt(errors.claimed / samples);
    return errors;
}

TEST(FilterBank, LosesNothingOnAnOrdinaryCrystal) {
    const Errors errors = errors_with(1.5e-9);
    EXPECT_LT(errors.bank, 1.05 * errors.ordinary);
    EXPECT_NEAR(errors.wander, 1.5e-9, 0.5e-9);
}

TEST(FilterBank, LearnsThatACrystalIsRestless) {
    const Errors errors = errors_with(3.5e-8);
    EXPECT_LT(errors.bank, 0.75 * errors.ordinary);
    EXPECT_GT(errors.wander, 2e-8);
}

// In how many of ten scenes the bank takes the edge for soft, after an hour.
int scenes_found_soft(double edge_ns) {
    int soft = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scene scene(seed);
        scene.edge_ns = edge_ns;
        FilterBank bank;
        for (int i = 0; i < 1200; ++i)
            bank.update(scene.now, scene.next(1.5e-9), {.jitter = kJitter});
        soft += bank.edge() > 0.05 ? 1 : 0;
    }
    return soft;
}

TEST(FilterBank, LearnsWhetherTheJittersEdgeIsSharp) {
    EXPECT_LE(scenes_found_soft(0), 1);
    EXPECT_GE(scenes_found_soft(0.1 * kJitter_ns), 9);
}

TEST(FilterBank, ItsSigmaIsAboutThatOfItsErrors) {
    for (const double wander : {3e-10, 1.5e-9, 7e-9, 3.5e-8}) {
        const Errors errors = errors_with(wander);
        EXPECT_GT(errors.claimed, 0.8 * errors.bank) << wander;
        EXPECT_LT(errors.claimed, 1.6 * errors.bank) << wander;
    }
}

TEST(FilterBank, AnExchangeThatItsPastDoesNotExplainIsReported) {
    Scene scene(3);
    FilterBank bank;
    for (int i = 0; i < 600; ++i)
        bank.update(scene.now, scene.next(1.5e-9), {.jitter = kJitter});
    scene.offset_ns -= 10e6;
    const OffsetRange range = scene.next(1.5e-9);
    EXPECT_LT(bank.update(scene.now, range, {.jitter = kJitter}), -Duration{9ms});
}

}  // namespace
}  // namespace berkeley
