// Clocks that are far apart and run at different rates come into agreement, by slewing.
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

const std::vector<NodeShape> kFiveFarApart = {{.name = "n1", .offset_ms = 90, .drift_ppm = 30},
                                              {.name = "n2", .offset_ms = -110, .drift_ppm = -40},
                                              {.name = "n3", .offset_ms = 60, .drift_ppm = -25},
                                              {.name = "n4", .offset_ms = -60, .drift_ppm = 12},
                                              {.name = "n5", .offset_ms = 10, .drift_ppm = 45}};

struct Bounded {
    ClockReading clock;
    std::int64_t bound = 0;
    std::int64_t epoch = 0;
};

Bounded bounded_reading(const NodeProcess& node) {
    const boost::json::object status = node.status();
    return {reading_of(node), number(status, "bound_ns"), number(status, "epoch")};
}

// |clock_i − clock_j| <= bound_i + bound_j, for each two. Bounds were read a moment before the
// clocks, and the clocks one after the other: 200 ppm of that time is granted.
void expect_within_bounds(const Cluster& cluster) {
    std::vector<Bounded> all;
    for (const auto& node : cluster.nodes())
        all.push_back(bounded_reading(*node));
    for (const Bounded& a : all) {
        for (const Bounded& b : all) {
            const std::int64_t apart = std::abs(a.clock.over_raw() - b.clock.over_raw());
            const std::int64_t time_between = std::abs(a.clock.host_raw_ns - b.clock.host_raw_ns);
            EXPECT_LE(apart, a.bound + b.bound + time_between / 5'000);
            EXPECT_EQ(a.epoch, b.epoch);
        }
    }
}

void expect_members_tell_of_all(const Cluster& cluster) {
    const boost::json::array rows = cluster["n1"].members();
    ASSERT_EQ(rows.size(), cluster.nodes().size());
    for (const boost::json::value& row : rows) {
        EXPECT_LT(std::abs(row.at("offset_ns").to_number<std::int64_t>()), kMillisecond) << row;
        EXPECT_GT(row.at("bound_ns").to_number<std::int64_t>(), 0) << row;
    }
}

// Not only where it should be: its rate is what its oscillator lacks, without any slew.
void expect_steered_by_frequency(const NodeProcess& node) {
    const std::int64_t too_fast = number(node.status(), "frequency_ppb");
    EXPECT_NEAR(static_cast<double>(number(node.tracking(), "kernel_frequency_ppb")),
                static_cast<double>(-too_fast), 1000)
        << node.name();
}

TEST(Agreement, FiveClocksFarApartComeWithinAMillisecond) {
    const Cluster cluster({.nodes = kFiveFarApart});
    for (const auto& node : cluster.nodes())
        node->start();
    EXPECT_GT(spread_ns(cluster), 100 * kMillisecond);  // so it can fail

    const Stopwatch watch;
    ASSERT_TRUE(wait_until(
        Seconds{40}, [&cluster] { return spread_ns(cluster) < kMillisecond; }, Seconds{0.2}));
    const double seconds = watch.seconds();
    ASSERT_TRUE(cluster.synchronized(Seconds{10}));
    const std::int64_t spread = spread_ns(cluster);
    EXPECT_LT(spread, kMillisecond);
    std::cout << fmt::format("  under 1 ms after {:.1f} s; spread now {} µs\n", seconds,
                             spread / 1000);

    expect_within_bounds(cluster);
    expect_members_tell_of_all(cluster);
    for (const auto& node : cluster.nodes()) {
        EXPECT_EQ(number(node->tracking(), "steps"), 0) << node->name();
        EXPECT_EQ(node->ctl({"status"}).code, 0) << node->name();
        EXPECT_EQ(number(node->status(), "epoch"), 1);
        expect_steered_by_frequency(*node);
    }
}

TEST(Agreement, AlsoOverIpv6) {
    Cluster cluster({.nodes = {{.name = "n1", .offset_ms = 40, .drift_ppm = 30},
                               {.name = "n2", .offset_ms = -35, .drift_ppm = -20},
                               {.name = "n3", .offset_ms = 2, .drift_ppm = 5}},
                     .host = "[::1]",
                     .step_threshold = kStepAtOnce});
    cluster.start();
    ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    EXPECT_LT(spread_ns(cluster), kMillisecond);
    EXPECT_TRUE(text(cluster["n1"].member("n2"), "address").starts_with("[::1]:"));
    expect_within_bounds(cluster);
}

}  // namespace
}  // namespace berkeley::test
