// The weather is what it is said to be: its shapes by their statistics.
#include "tests/sim/network.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace berkeley::sim {
namespace {

constexpr int kMany = 40'000;

TrueTime at_ms(int ms) {
    return TrueTime{Duration{std::chrono::milliseconds{ms}}.count()};
}

// One datagram each 10 ms, `base` taken off; in µs.
std::vector<double> excess_us(const PathShape& shape, std::size_t from, std::size_t to,
                              int number = kMany) {
    Network network(shape, 7);
    std::vector<double> excess;
    for (int i = 0; i < number; ++i) {
        for (const Duration delay : network.carry(from, to, at_ms(10 * i)))
            excess.push_back(as_ns(delay - shape.base) * 1e-3);
    }
    return excess;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

double share_above(const std::vector<double>& values, double limit) {
    const auto above = std::count_if(values.begin(), values.end(),
                                     [limit](double value) { return value > limit; });
    return static_cast<double>(above) / static_cast<double>(values.size());
}

TEST(NetworkShape, jitter_is_exponential) {
    const auto excess = excess_us({}, 0, 1);
    EXPECT_GE(*std::min_element(excess.begin(), excess.end()), 0);
    EXPECT_NEAR(mean_of(excess), 100, 2);
    EXPECT_NEAR(share_above(excess, 100), std::exp(-1), 0.01);
    EXPECT_NEAR(share_above(excess, 300), std::exp(-3), 0.005);
}

TEST(NetworkShape, a_heavy_tail_is_a_share_with_ten_times_the_jitter) {
    PathShape shape;
    shape.heavy_tail = 0.1;
    const auto excess = excess_us(shape, 0, 1);
    EXPECT_NEAR(mean_of(excess), 0.9 * 100 + 0.1 * 1000, 8);
    EXPECT_NEAR(share_above(excess, 1000), 0.1 * std::exp(-1), 0.005);
}

TEST(NetworkShape, asymmetry_is_on_the_way_down_alone) {
    PathShape shape;
    shape.asymmetry = 100us;
    shape.mean_jitter = 0ns;
    EXPECT_DOUBLE_EQ(mean_of(excess_us(shape, 0, 1)), 0);
    EXPECT_DOUBLE_EQ(mean_of(excess_us(shape, 1, 0)), 100);
}

TEST(NetworkShape, a_share_is_lost) {
    PathShape shape;
    shape.loss = 0.1;
    EXPECT_NEAR(static_cast<double>(excess_us(shape, 0, 1).size()), 0.9 * kMany, 0.01 * kMany);
}

TEST(NetworkShape, bursts_take_their_share_of_the_time_and_come_in_one_piece) {
    PathShape shape;
    shape.mean_jitter = 0ns;
    shape.bursts = {20s, 2s, 2ms};
    const auto excess = excess_us(shape, 0, 1, 10 * kMany);
    EXPECT_NEAR(share_above(excess, 0), 2.0 / 22, 0.02);
    int begun = 0;
    double delayed_us = 0;
    for (std::size_t i = 1; i < excess.size(); ++i) {
        begun += excess[i] > 0 && excess[i - 1] == 0 ? 1 : 0;
        delayed_us += excess[i];
    }
    EXPECT_NEAR(begun, 4000 / 22, 40) << "of 4000 s";
    EXPECT_NEAR(delayed_us / (share_above(excess, 0) * static_cast<double>(excess.size())), 2000,
                50);
}

TEST(NetworkShape, congestion_stands_in_the_way_up_alone_and_at_its_hours) {
    PathShape shape;
    shape.mean_jitter = 0ns;
    shape.congestion = {100s, 30s, 500us, 1ms};
    const auto up = excess_us(shape, 0, 1, 10'000);  // 100 s: the first begins at 50 s
    EXPECT_DOUBLE_EQ(share_above({up.begin(), up.begin() + 5000}, 0), 0);
    EXPECT_DOUBLE_EQ(share_above({up.begin() + 5000, up.begin() + 8000}, 499), 1);
    EXPECT_NEAR(mean_of({up.begin() + 5000, up.begin() + 8000}), 1500, 80);
    EXPECT_DOUBLE_EQ(share_above({up.begin() + 8000, up.end()}, 0), 0);
    EXPECT_DOUBLE_EQ(share_above(excess_us(shape, 1, 0, 10'000), 0), 0);
}

TEST(NetworkShape, a_pair_has_the_same_weather_whatever_others_send) {
    Network alone({}, 3);
    Network busy({}, 3);
    for (int i = 0; i < 100; ++i) {
        busy.carry(0, 2, at_ms(i));
        EXPECT_EQ(alone.carry(0, 1, at_ms(i)), busy.carry(0, 1, at_ms(i)));
    }
}

}  // namespace
}  // namespace berkeley::sim
