// The checkers that all scenarios rest on see what is wrong.
#include "tests/sim/checkers.hpp"

#include <gtest/gtest.h>

namespace berkeley::sim {
namespace {

constexpr TrueTime kSettled{Duration{120s}.count()};

// How often bounds were broken within ten seconds after `strike`.
template <class Strike>
std::uint64_t broken_by(Strike strike) {
    World world(five_hosts(71));
    BoundsHold bounds;
    world.watch(bounds);
    world.run_until(kSettled);
    EXPECT_EQ(bounds.broken(), 0U);
    strike(world);
    world.run_until(kSettled + 10s);
    EXPECT_EQ(world.violation_count(), bounds.broken());
    return bounds.broken();
}

TEST(BoundsHold, sees_a_clock_that_leaves_its_bound) {
    EXPECT_GT(broken_by([](World& world) { world.oscillator(2).jump_rate(500 * kPpm); }), 0U);
    EXPECT_GT(broken_by([](World& world) { world.oscillator(2).jump(2ms); }), 0U);
}

// A bound is not so loose that twice what it allows for would pass.
TEST(BoundsHold, sees_an_oscillator_that_keeps_to_more_than_was_assumed) {
    const auto out_of_touch = [](double rate) {
        return broken_by([rate](World& world) {
            world.network().cut([](std::size_t, std::size_t) { return true; });
            world.oscillator(2).jump_rate(rate);
        });
    };
    EXPECT_EQ(out_of_touch(50 * kPpm), 0U);
    EXPECT_GT(out_of_touch(200 * kPpm), 0U);
}

TEST(BoundsHold, sees_nothing_where_nothing_is_wrong) {
    EXPECT_EQ(broken_by([](World&) {}), 0U);
}

}  // namespace
}  // namespace berkeley::sim
