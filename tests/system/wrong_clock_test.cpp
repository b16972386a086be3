// Clocks that are an hour wrong, or of another century, do not move those that agree.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

constexpr double kHourMs = 3'600'050;  // not on a border of what is printed of it
constexpr std::int64_t kMillisecond = 1'000'000;

// What the right ones differ by, and their drift in the time that the test takes.
constexpr std::int64_t kMoved = 3 * kMillisecond;

struct Case {
    std::vector<NodeShape> nodes;
    std::vector<std::string> wrong;
    std::string reason;  // that each of these is named with
};

bool is_wrong(const Case& one, const std::string& name) {
    return std::ranges::find(one.wrong, name) != one.wrong.end();
}

bool named(const NodeProcess& master, const Case& one) {
    return std::ranges::all_of(master.members(), [&one](const boost::json::value& row) {
        return !is_wrong(one, std::string(row.at("name").as_string())) ||
               text(row.as_object(), "reason").find(one.reason) != std::string::npos;
    });
}

void expect_named(const NodeProcess& master, const Case& one) {
    // Right after it was stepped, a clock is still told to be under way.
    EXPECT_TRUE(wait_until(Seconds{5}, [&master, &one] { return named(master, one); }));
    for (const boost::json::value& row : master.members()) {
        const std::string name(row.at("name").as_string());
        const std::string reason = text(row.as_object(), "reason");
        if (is_wrong(one, name)) {
            EXPECT_EQ(row.at("state"), "excluded") << row;
            EXPECT_EQ(row.at("counted"), false) << row;
            EXPECT_NE(master.ctl({"status"}).out.find(name + " excluded"), std::string::npos);
        } else {
            EXPECT_EQ(row.at("state"), "trusted") << row;
            EXPECT_EQ(row.at("counted"), true) << row;
            EXPECT_EQ(reason, "") << row;
        }
    }
}

// The wrong ones are stepped to the others; these stay where they were.
void expect_right_ones_unmoved(const Case& one) {
    Cluster cluster({.nodes = one.nodes});
    const std::int64_t machine = reading_of_machine().over_raw();
    cluster.start();
    ASSERT_TRUE(cluster.synchronized(Seconds{30}));
    const auto counted = static_cast<std::int64_t>(one.nodes.size() - one.wrong.size());
    EXPECT_EQ(number(cluster["n1"].status(), "members_counted"), counted);
    expect_named(cluster["n1"], one);
    for (const NodeShape& shape : one.nodes) {
        const NodeProcess& node = cluster[shape.name];
        const auto start = machine + static_cast<std::int64_t>(shape.offset_ms * 1e6);
        const std::int64_t moved = std::abs(reading_of(node).over_raw() - start);
        const std::int64_t steps = number(node.tracking(), "steps");
        if (is_wrong(one, shape.name)) {
            EXPECT_GT(moved, 3'000'000 * kMillisecond) << shape.name;
            EXPECT_EQ(steps, 1) << shape.name;
        } else {
            EXPECT_LT(moved, kMoved) << shape.name;
            EXPECT_EQ(steps, 0) << shape.name;
        }
    }
    EXPECT_LT(spread_ns(cluster), kMillisecond);
}

std::vector<NodeShape> five_alike() {
    return {{.name = "n1", .offset_ms = 0.6, .drift_ppm = 20},
            {.name = "n2", .offset_ms = -0.6, .drift_ppm = -20},
            {.name = "n3", .offset_ms = 1, .drift_ppm = 10},
            {.name = "n4", .offset_ms = -1, .drift_ppm = 0},
            {.name = "n5", .offset_ms = 0, .drift_ppm = -10}};
}

TEST(WrongClock, OneOfFiveAnHourAhead) {
    Case one{five_alike(), {"n4"}, "its clock was +3600.0"};
    one.nodes[3].offset_ms = kHourMs;
    expect_right_ones_unmoved(one);
}

// Were they the largest set that agrees among scattered ones, they would win.
TEST(WrongClock, TwoOfFiveWhoAgreeOnTheSameWrongHour) {
    Case two{five_alike(), {"n2", "n5"}, "its clock was -3600.0"};
    two.nodes[1].offset_ms = -kHourMs;
    two.nodes[4].offset_ms = -kHourMs;
    expect_right_ones_unmoved(two);
}

TEST(WrongClock, TheMasterItselfAndAnother) {
    Case two{five_alike(), {"n1", "n3"}, "its clock was +36"};
    two.nodes[0].offset_ms = kHourMs;
    two.nodes[2].offset_ms = kHourMs + 50'000;
    expect_right_ones_unmoved(two);
}

TEST(WrongClock, OneThatBootedWithADeadBattery) {
    Case one{five_alike(), {"n5"}, "off when cluster time was formed"};
    one.nodes[4].offset_ms = -9.5e11;  // thirty years
    expect_right_ones_unmoved(one);
}

}  // namespace
}  // namespace berkeley::test
