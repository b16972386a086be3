#include "daemon/core/measure/offset_guarantee.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

// Two raw clocks that drift apart, in true seconds from a common start. Each keeps within
// `wander` of its own mean rate, taking a new rate at random moments.
class TwoClocks {
  public:
    TwoClocks(std::uint64_t seed, double our_rate, double peer_rate, double wander)
        : random_(seed), mean_{our_rate, peer_rate}, wander_(wander) {
        choose_rates();
    }

    void pass(double s) {
        for (std::size_t i = 0; i < 2; ++i)
            read_s_[i] += s * (1 + rate_[i]);
        if (std::uniform_real_distribution<double>(0, 1)(random_) < 0.05)
            choose_rates();
    }

    RawTime ours() const { return RawTime{0} + seconds(1'000 + read_s_[0]); }
    RawTime peers() const { return RawTime{0} + seconds(9'000 + read_s_[1]); }
    Duration offset() const { return Duration{8'000s} + seconds(read_s_[1] - read_s_[0]); }

    Exchange exchange(double there_s, double served_s, double back_s) {
        Exchange exchange;
        exchange.sent = ours();
        pass(there_s);
        exchange.peer_received = peers();
        pass(served_s);
        exchange.peer_sent = peers();
        pass(back_s);
        exchange.received = ours();
        exchange.error = 2ns;  // the clocks above are doubles
        return exchange;
    }

    std::mt19937_64& random() { return random_; }
    double rate() const { return (1 + mean_[1]) / (1 + mean_[0]) - 1; }
    void jump(double s) { read_s_[1] += s; }

  private:
    void choose_rates() {
        // The corners of what is allowed as often as all the rest.
        std::uniform_real_distribution<double> any(-2, 2);
        for (std::size_t i = 0; i < 2; ++i) {
            rate_[i] = mean_[i] + wander_ * std::clamp(any(random_), -1.0, 1.0);
        }
    }

    std::mt19937_64 random_;
    std::array<double, 2> mean_;
    double wander_;
    std::array<double, 2> rate_{};
    std::array<double, 2> read_s_{};
};

double delay_s(std::mt19937_64& random) {
    std::exponential_distribution<double> queue(1 / 200e-6);
    std::bernoulli_distribution congested(0.1);
    return 50e-6 + queue(random) * (congested(random) ? 50 : 1);
}

void expect_inside(const OffsetGuarantee& guarantee, const TwoClocks& clocks, std::uint64_t seed) {
    const OffsetRange sure = guarantee.range_at(clocks.ours());
    ASSERT_LE(sure.low, clocks.offset() + 2ns) << "seed " << seed;
    ASSERT_GE(sure.high, clocks.offset() - 2ns) << "seed " << seed;
}

// `told_rate`: what the filter says; the guarantee must hold whatever that is.
void hold_for(TwoClocks& clocks, std::uint64_t seed, double told_rate_error) {
    OffsetGuarantee guarantee;
    std::normal_distribution<double> noise(0, told_rate_error);
    std::exponential_distribution<double> gap(1 / 2.0);
    for (int i = 0; i < 400; ++i) {
        auto& random = clocks.random();
        const Exchange exchange = clocks.exchange(delay_s(random), 30e-6, delay_s(random));
        ASSERT_TRUE(guarantee.add(exchange, clocks.rate() + noise(random))) << "seed " << seed;
        expect_inside(guarantee, clocks, seed);
        for (int step = 0; step < 3; ++step) {
            clocks.pass(gap(random));
            expect_inside(guarantee, clocks, seed);
        }
    }
}

TEST(OffsetGuarantee, TheFirstExchangeProvesItsRange) {
    OffsetGuarantee guarantee;
    EXPECT_TRUE(guarantee.empty());
    const Exchange exchange{RawTime{0}, RawTime{1'000'100'000}, RawTime{1'000'100'000},
                            RawTime{300'000}, 0ns};
    EXPECT_TRUE(guarantee.add(exchange, 0));
    EXPECT_FALSE(guarantee.empty());
    const OffsetRange sure = guarantee.range_at(exchange.middle());
    EXPECT_LE(sure.low, Duration{1s} - 200us);
    EXPECT_GE(sure.high, Duration{1s} + 100us);
    EXPECT_LT(sure.width(), 301us);
    // Nothing is known of the rate: 1100 ppm either way.
    EXPECT_NEAR(as_ns(guarantee.range_at(exchange.middle() + 1s).width() - sure.width()), 2200e3,
                10);
}

TEST(OffsetGuarantee, HoldsForClocksThatKeepWithinRhoOfEachOther) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        TwoClocks clocks(seed, 300 * kPpm, -200 * kPpm, kRho / 2);
        hold_for(clocks, seed, 1 * kPpm);
    }
}

TEST(OffsetGuarantee, HoldsHoweverWrongTheFiltersRateIs) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        TwoClocks clocks(seed, -20 * kPpm, 30 * kPpm, kRho / 2);
        hold_for(clocks, seed, 400 * kPpm);
    }
}

TEST(OffsetGuarantee, HoldsForUnlearnedClocksFromTheFirstExchange) {
    for (const double ours : {-500 * kPpm, 500 * kPpm}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            TwoClocks clocks(seed, ours, -ours, kRho / 2);
            OffsetGuarantee guarantee;
            ASSERT_TRUE(guarantee.add(clocks.exchange(1e-3, 30e-6, 1e-3), 0));
            for (int i = 0; i < 100; ++i) {
                clocks.pass(0.05);
                expect_inside(guarantee, clocks, seed);
            }
        }
    }
}

TEST(OffsetGuarantee, TightensAsTheRateIsLearned) {
    TwoClocks clocks(1, 0, 40 * kPpm, 0);
    OffsetGuarantee guarantee;
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(guarantee.add(clocks.exchange(100e-6, 30e-6, 100e-6), clocks.rate()));
        clocks.pass(1);
    }
    EXPECT_LT(guarantee.growth(), 2 * kRho + 5 * kPpm);
    EXPECT_GE(guarantee.growth(), 2 * kRho);
    EXPECT_LT(guarantee.range_at(clocks.ours()).width(), 200us + 210us);
}

TEST(OffsetGuarantee, NeverStaleItGrowsWithAge) {
    TwoClocks clocks(1, 0, 40 * kPpm, 0);
    OffsetGuarantee guarantee;
    for (int i = 0; i < 300; ++i) {
        guarantee.add(clocks.exchange(100e-6, 30e-6, 100e-6), clocks.rate());
        clocks.pass(1);
    }
    const RawTime now = clocks.ours();
    const Duration hour = guarantee.range_at(now + 1h).width() - guarantee.range_at(now).width();
    EXPECT_GE(hour, Duration{3600s} / 10'000 * 2);  // 2 rho either way
}

TEST(OffsetGuarantee, AContradictionIsReportedAndItStartsAgain) {
    for (const double jump_s : {0.01, -0.01, 3600.0, -3600.0}) {
        TwoClocks clocks(1, 0, 10 * kPpm, 0);
        OffsetGuarantee guarantee;
        for (int i = 0; i < 100; ++i) {
            ASSERT_TRUE(guarantee.add(clocks.exchange(100e-6, 30e-6, 100e-6), clocks.rate()));
            clocks.pass(1);
        }
        clocks.jump(jump_s);
        EXPECT_FALSE(guarantee.add(clocks.exchange(100e-6, 30e-6, 100e-6), clocks.rate()));
        expect_inside(guarantee, clocks, 1);
        EXPECT_NEAR(guarantee.growth(), 2 * kUnlearnedRho, 1e-9);  // and knows no rate any more
        for (int i = 0; i < 50; ++i) {
            clocks.pass(1);
            ASSERT_TRUE(guarantee.add(clocks.exchange(100e-6, 30e-6, 100e-6), clocks.rate()));
            expect_inside(guarantee, clocks, 1);
        }
        EXPECT_LT(guarantee.growth(), 2 * kRho + 10 * kPpm);  // learned anew, from after the jump
    }
}

TEST(OffsetGuarantee, AnOlderExchangeMayOnlyNarrowIt) {
    TwoClocks clocks(1, 0, 10 * kPpm, 0);
    OffsetGuarantee guarantee;
    const Exchange older = clocks.exchange(20e-6, 30e-6, 20e-6);
    clocks.pass(0.5);
    ASSERT_TRUE(guarantee.add(clocks.exchange(5e-3, 30e-6, 5e-3), 0));
    const Duration before = guarantee.range_at(clocks.ours()).width();
    EXPECT_TRUE(guarantee.add(older, 0));
    expect_inside(guarantee, clocks, 1);
    EXPECT_LT(guarantee.range_at(clocks.ours()).width(), before);
}

}  // namespace
}  // namespace berkeley
