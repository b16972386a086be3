// What most scenarios need: a world with the checkers that always apply.
#pragma once

#include <gtest/gtest.h>

#include "daemon/core/time/text.hpp"
#include "tests/sim/checkers.hpp"
#include "tests/sim/world.hpp"

namespace berkeley::sim {

struct Scenario {
    explicit Scenario(const WorldShape& shape) : world(shape) {
        world.watch(bounds);
        world.watch(no_step);
        world.watch(believed);
    }

    ~Scenario() { EXPECT_EQ(world.violations(), std::vector<std::string>{}); }

    void run_to(double at_s) { world.run_until(TrueTime{seconds(at_s).count()}); }

    NodeStatus status(std::size_t host) { return world.node(host).status(world.moment(host)); }

    // As the master's `members` has it.
    MemberStatus member(std::size_t host) {
        for (MemberStatus& row : world.node(0).members(world.moment(0))) {
            if (row.name == World::name_of(host))
                return row;
        }
        ADD_FAILURE() << World::name_of(host) << " is not among the members";
        return {};
    }

    void expect_all_synchronized() {
        for (std::size_t i = 0; i < world.size(); ++i) {
            EXPECT_EQ(status(i).state, NodeState::synchronized)
                << World::name_of(i) << ": " << status(i).reason;
        }
    }

    Duration spread() { return spread_now(world); }

    // How far a clock is from where it would be at true time plus its first offset.
    Duration against_truth(std::size_t host) {
        return world.system_time(host) - (SystemTime{kWorldBegins.ns} + Duration{world.now().ns});
    }

    World world;
    BoundsHold bounds;
    NoStepAfterSync no_step;
    MasterBelieved believed;
};

}  // namespace berkeley::sim
