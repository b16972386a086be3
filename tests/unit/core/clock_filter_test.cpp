#include "daemon/core/measure/clock_filter.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr RawTime kStart{1'000'000'000'000};

// A peer whose offset and rate are known, seen through exponential queues.
class Scene {
  public:
    Scene(std::uint64_t seed, double rate, double wander)
        : random_(seed), rate_(rate), wander_(wander) {}

    void run(ClockFilter& filter, double poll_s, int polls) {
        for (int i = 0; i < polls; ++i) {
            pass(poll_s);
            filter.update(now_, seen(), softness());
        }
    }

    void pass(double s) {
        std::normal_distribution<double> normal;
        const double walk = wander_ * 1e9 * std::sqrt(s) * normal(random_);
        offset_ns_ += s * (rate_ * 1e9 + walk / 2);
        rate_ += walk * 1e-9;
        now_ = now_ + seconds(s);
    }

    OffsetRange seen() {
        std::exponential_distribution<double> queue(1 / kJitter_ns);
        const Duration offset = Duration{kBase} + nanoseconds_of(offset_ns_);
        return {offset - nanoseconds_of(queue(random_)), offset + nanoseconds_of(queue(random_))};
    }

    void jump_rate(double by) { rate_ += by; }
    void jump_offset(Duration by) { offset_ns_ += as_ns(by); }

    RawTime now() const { return now_; }
    double rate() const { return rate_; }
    double error_ns(const ClockFilter& filter) const {
        return as_ns(filter.offset_at(now_) - Duration{kBase}) - offset_ns_;
    }

    static Duration softness() { return nanoseconds_of(0.03 * kJitter_ns); }
    static constexpr double kJitter_ns = 100e3;

  private:
    static constexpr Duration kBase = 50'000s;
    std::mt19937_64 random_;
    double offset_ns_ = 0;
    double rate_;
    double wander_;
    RawTime now_ = kStart;
};

TEST(ClockFilter, TheFirstRangeIsAllItKnows) {
    ClockFilter filter;
    EXPECT_TRUE(filter.empty());
    filter.update(kStart, {7s, Duration{7s} + 120us}, 0ns);
    EXPECT_FALSE(filter.empty());
    EXPECT_EQ(filter.updates(), 1);
    EXPECT_EQ(filter.offset_at(kStart), Duration{7s} + 60us);
    EXPECT_EQ(filter.rate(), 0);
    EXPECT_NEAR(as_ns(filter.offset_sigma_at(kStart)), 120e3 / std::sqrt(12), 1);
    EXPECT_NEAR(filter.rate_sigma(), ClockFilter::Prior{}.rate_sigma, 1e-12);
}

TEST(ClockFilter, UncertaintyGrowsWithTimeSinceTheLastUpdate) {
    ClockFilter filter;
    filter.update(kStart, {0ns, 1us}, 0ns);
    EXPECT_NEAR(as_ns(filter.offset_sigma_at(kStart + 10s)), 3e6, 1e3);  // 300 ppm
    EXPECT_EQ(filter.offset_sigma_at(kStart - 10s), filter.offset_sigma_at(kStart));
}

TEST(ClockFilter, ConvergesOnTheTrueOffsetAndRate) {
    for (const double rate : {37 * kPpm, -80 * kPpm}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            Scene scene(seed, rate, 0);
            ClockFilter filter({50 * kPpm, 1e-10});
            scene.run(filter, 0.05, 40);
            scene.run(filter, 1, 2'000);
            EXPECT_LT(std::abs(scene.error_ns(filter)), 5e3) << seed;
            EXPECT_NEAR(filter.rate(), rate, 1e-8) << seed;
        }
    }
}

// A narrow exchange now and then is worth many wide ones: better than averaging midpoints, whose
// error would be about J/sqrt(n).
TEST(ClockFilter, BeatsTheMeanOfMidpoints) {
    constexpr int kPolls = 400;
    constexpr int kSeeds = 100;
    double squares = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        Scene scene(seed, 0, 0);
        ClockFilter filter({0.001 * kPpm, 0});
        scene.run(filter, 0.05, kPolls);
        squares += scene.error_ns(filter) * scene.error_ns(filter);
    }
    const double rms = std::sqrt(squares / kSeeds);
    EXPECT_LT(rms, 0.5 * Scene::kJitter_ns / std::sqrt(2.0 * kPolls));
}

TEST(ClockFilter, ItsSigmaIsThatOfItsErrors) {
    double offsets = 0;
    double rates = 0;
    int samples = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Scene scene(seed, 20 * kPpm, 1.5e-9);
        ClockFilter filter;
        scene.run(filter, 3, 300);
        for (int i = 0; i < 10; ++i) {
            scene.run(filter, 3, 60);
            const double offset =
                scene.error_ns(filter) / as_ns(filter.offset_sigma_at(scene.now()));
            const double rate = (filter.rate() - scene.rate()) / filter.rate_sigma();
            offsets += offset * offset;
            rates += rate * rate;
            ++samples;
        }
    }
    EXPECT_GT(offsets / samples, 0.5);
    EXPECT_LT(offsets / samples, 2.0);
    EXPECT_GT(rates / samples, 0.5);
    EXPECT_LT(rates / samples, 2.0);
}

TEST(ClockFilter, ARateJumpIsNoticedAndLearned) {
    for (const double jump : {20 * kPpm, -20 * kPpm}) {
        Scene scene(3, 5 * kPpm, 1e-9);
        ClockFilter filter;
        scene.run(filter, 1, 1'000);
        EXPECT_GT(filter.updates_since_surprise(), 500);
        scene.jump_rate(jump);
        scene.run(filter, 1, 30);
        EXPECT_LT(filter.updates_since_surprise(), 30);
        scene.run(filter, 1, 300);
        EXPECT_NEAR(filter.rate(), scene.rate(), 0.1 * kPpm);
        EXPECT_LT(std::abs(scene.error_ns(filter)), 30e3);
    }
}

TEST(ClockFilter, AnOffsetJumpIsNoticedAtOnceAndFollowed) {
    Scene scene(4, 5 * kPpm, 1e-9);
    ClockFilter filter;
    scene.run(filter, 1, 1'000);
    scene.jump_offset(50ms);
    scene.run(filter, 1, 1);
    EXPECT_EQ(filter.updates_since_surprise(), 1);
    EXPECT_LT(std::abs(scene.error_ns(filter)), 1e6);
    scene.run(filter, 1, 100);
    EXPECT_LT(std::abs(scene.error_ns(filter)), 50e3);
    EXPECT_NEAR(filter.rate(), scene.rate(), 1 * kPpm);
}

TEST(ClockFilter, NoSurpriseWithoutAReason) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Scene scene(seed, 30 * kPpm, 1e-9);
        ClockFilter filter;
        scene.run(filter, 0.05, 50);
        const std::int64_t before = filter.updates_since_surprise();
        scene.run(filter, 1, 1'000);
        EXPECT_EQ(filter.updates_since_surprise(), before + 1'000) << seed;
    }
}

TEST(ClockFilter, WhatAnotherOvertookIsIgnored) {
    ClockFilter filter;
    filter.update(kStart + 10s, {0ns, 1us}, 1ns);
    filter.update(kStart, {1h, 2h}, 1ns);
    EXPECT_EQ(filter.updates(), 1);
    EXPECT_EQ(filter.offset_at(kStart + 10s), 500ns);
    EXPECT_EQ(filter.updated_at(), kStart + 10s);
}

TEST(ClockFilter, AWideRangeCostsNothing) {
    Scene scene(5, 5 * kPpm, 0);
    ClockFilter filter;
    scene.run(filter, 1, 500);
    const Duration offset = filter.offset_at(scene.now());
    const Duration sigma = filter.offset_sigma_at(scene.now());
    filter.update(scene.now(), {offset - 10s, offset + 10s}, Scene::softness());
    EXPECT_LE(std::abs((filter.offset_at(scene.now()) - offset).count()), 1);
    EXPECT_LE(std::abs((filter.offset_sigma_at(scene.now()) - sigma).count()), 1);
}

// After a few exchanges, somebody else's knowledge is worth more than they are; and it is taken for
// what it is worth.
TEST(ClockFilter, BelievesWhatIsKnownAsFarAsItIsKnown) {
    constexpr Duration kKnown = 10us;
    constexpr double kRateKnown = 0.2 * kPpm;
    double in_sigmas = 0;
    double rate_in_sigmas = 0;
    constexpr int kSeeds = 300;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        std::mt19937_64 random(seed + 1'000);
        std::normal_distribution<double> normal;
        Scene scene(seed, 30 * kPpm, 1e-9);
        ClockFilter filter;
        scene.run(filter, 0.2, 10);
        const Duration truth =
            filter.offset_at(scene.now()) - nanoseconds_of(scene.error_ns(filter));
        filter.believe(scene.now(),
                       {.offset = truth + nanoseconds_of(as_ns(kKnown) * normal(random)),
                        .offset_sigma = kKnown,
                        .rate = scene.rate() + kRateKnown * normal(random),
                        .rate_sigma = kRateKnown});
        EXPECT_LT(filter.offset_sigma_at(scene.now()), kKnown);
        EXPECT_LT(filter.rate_sigma(), kRateKnown);
        scene.run(filter, 0.2, 50);
        in_sigmas +=
            std::pow(scene.error_ns(filter) / as_ns(filter.offset_sigma_at(scene.now())), 2);
        rate_in_sigmas += std::pow((filter.rate() - scene.rate()) / filter.rate_sigma(), 2);
        EXPECT_GE(filter.updates_since_surprise(), filter.updates() - 1) << seed;
    }
    EXPECT_NEAR(std::sqrt(in_sigmas / kSeeds), 1, 0.2);
    EXPECT_NEAR(std::sqrt(rate_in_sigmas / kSeeds), 1, 0.2);
}

TEST(ClockFilter, BelievesNobodyToKnowAClockExactly) {
    Scene scene(7, 30 * kPpm, 0);
    ClockFilter filter;
    scene.run(filter, 1, 5);
    const Duration offset = filter.offset_at(scene.now());
    filter.believe(scene.now(), {.offset = offset, .rate = filter.rate()});
    filter.believe(scene.now(), {.offset = offset, .rate = filter.rate()});
    EXPECT_GT(filter.offset_sigma_at(scene.now()), 0ns);
    EXPECT_GT(filter.rate_sigma(), 0);
    scene.run(filter, 1, 5);
    EXPECT_TRUE(std::isfinite(filter.rate()));
}

// Whatever a hostile peer claims, the filter goes on: its numbers stay numbers.
TEST(ClockFilter, SurvivesAbsurdRanges) {
    std::mt19937_64 random(6);
    std::uniform_int_distribution<int> digits(0, 61);
    std::uniform_int_distribution<int> sign(0, 1);
    const auto number = [&] {
        const auto size = static_cast<std::int64_t>(random() >> 3) >> (61 - digits(random));
        return Duration{sign(random) == 0 ? size : -size};
    };
    for (int round = 0; round < 2'000; ++round) {
        ClockFilter filter;
        RawTime now = kStart;
        for (int i = 0; i < 100; ++i) {
            now = now + nanoseconds_of(std::exp2(digits(random) % 40));
            Duration low = number() / 2;
            Duration high = number() / 2;
            if (high < low)
                std::swap(low, high);
            filter.update(now, {low, high}, 50ns + std::chrono::abs(number()) / 8);
            static_cast<void>(filter.offset_at(now + 1h));
            static_cast<void>(filter.offset_sigma_at(now + 1h));
            ASSERT_TRUE(std::isfinite(filter.rate()));
            ASSERT_TRUE(std::isfinite(filter.rate_sigma())) << round << " " << i;
        }
    }
}

}  // namespace
}  // namespace berkeley
