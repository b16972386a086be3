// Ten minutes of everything at once: loss, duplication, reordering, nodes killed, stopped and
// restarted, the master among them, cuts of the network. Whatever the seed, the bounds hold, no
// synchronized clock is stepped, and when it is over the cluster agrees again.
#include <gtest/gtest.h>

#include "daemon/core/time/text.hpp"
#include "tests/sim/checkers.hpp"
#include "tests/sim/seeds.hpp"

namespace berkeley::sim {
namespace {

constexpr TrueTime kCalmAgain{Duration{600s}.count()};
constexpr TrueTime kEnd{Duration{660s}.count()};

double uniform(World& world, double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(world.random());
}

std::size_t any_host(World& world) {
    return std::uniform_int_distribution<std::size_t>(0, world.size() - 1)(world.random());
}

// Down for up to half a minute, by a crash or a goodbye; one crash in four loses the disk, too.
void restart_somebody(World& world) {
    const std::size_t host = any_host(world);
    if (!world.running(host))
        return;
    if (uniform(world, 0, 1) < 0.5) {
        world.kill(host);
        // (Of more than one candidate no disk is lost: else terms come twice.)
        if (uniform(world, 0, 1) < 0.25 && (host == 0 || !world.is_candidate(host)))
            world.lose_disk(host);
    } else {
        world.stop(host);
    }
    world.at(world.now() + seconds(uniform(world, 0.01, 30)), [&world, host] {
        if (!world.running(host))
            world.start(host);
    });
}

void cut_somebody_off(World& world) {
    const std::size_t alone = any_host(world);
    const bool one_way = uniform(world, 0, 1) < 0.3;
    world.network().cut([alone, one_way](std::size_t from, std::size_t to) {
        return from == alone || (to == alone && !one_way);
    });
    world.at(world.now() + seconds(uniform(world, 0.1, 20)), [&world] { world.network().heal(); });
}

void calm_down(World& world) {
    world.network().shape().loss = 0;
    world.network().heal();
    for (std::size_t i = 0; i < world.size(); ++i) {
        if (!world.running(i))
            world.start(i);
    }
}

void plan_chaos(World& world) {
    for (double at_s = 20; at_s < 560; at_s += uniform(world, 5, 60)) {
        world.at(TrueTime{seconds(at_s).count()}, [&world] { restart_somebody(world); });
    }
    for (double at_s = 25; at_s < 560; at_s += uniform(world, 20, 120)) {
        world.at(TrueTime{seconds(at_s).count()}, [&world] { cut_somebody_off(world); });
    }
    world.at(kCalmAgain, [&world] { calm_down(world); });
}

void run_chaos(std::uint64_t seed, std::size_t candidates) {
    WorldShape shape = five_hosts(seed);
    shape.candidates = candidates;
    shape.path.loss = 0.05;
    shape.path.duplication = 0.05;
    shape.path.reordering = 2ms;
    World world(shape);
    BoundsHold bounds;
    NoStepAfterSync no_step;
    world.watch(bounds);
    world.watch(no_step);
    MasterBelieved believed;
    world.watch(believed);
    OneMaster one_master;
    if (candidates > 1)
        world.watch(one_master);
    plan_chaos(world);
    world.run_until(kEnd);

    EXPECT_EQ(world.violations(), std::vector<std::string>{});
    for (std::size_t i = 0; i < world.size(); ++i) {
        const NodeStatus status = world.node(i).status(world.moment(i));
        EXPECT_EQ(status.state, NodeState::synchronized)
            << World::name_of(i) << ": " << status.reason;
    }
    EXPECT_LT(spread_now(world), Duration{1ms}) << to_text(spread_now(world));
}

TEST(Chaos, leaves_no_bound_broken_no_clock_stepped_and_ends_in_agreement) {
    for_each_seed(200, [](std::uint64_t seed) { run_chaos(seed, 1); });
}

TEST(Chaos, of_three_candidates_leaves_one_master_too) {
    for_each_seed(100, [](std::uint64_t seed) { run_chaos(seed, 3); });
}

}  // namespace
}  // namespace berkeley::sim
