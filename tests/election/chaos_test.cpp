// Minutes of everything at once: loss, duplication, crashes, pauses, cuts of every shape, one way
// too. Whatever the seed, no two masters; and when it is over, one before long.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"
#include "tests/election/scenes.hpp"

namespace berkeley::test {
namespace {

constexpr Duration kChaos = 120s;

Duration up_to(ElectionWorld& world, Duration most) {
    return Duration{world.pick(most.count())};
}

void crash_somebody(ElectionWorld& world, bool disks_are_lost) {
    const std::size_t host = world.pick(world.size());
    if (!world.up(host))
        return;
    world.crash(host);
    if (disks_are_lost && world.pick(2) == 0)
        world.lose_disk(host);
    world.at(world.now() + up_to(world, 8s), [&world, host] {
        if (!world.up(host))
            world.start(host);
    });
}

void pause_somebody(ElectionWorld& world) {
    const std::size_t host = world.pick(world.size());
    if (!world.up(host))
        return;
    world.pause(host);
    world.at(world.now() + up_to(world, 10s), [&world, host] { world.resume(host); });
}

// Each way between two hosts is cut with one chance, or the hosts fall into two halves.
void cut_the_network(ElectionWorld& world) {
    const bool halves = world.pick(2) == 0;
    std::vector<std::vector<bool>> cut(world.size(), std::vector<bool>(world.size()));
    std::vector<bool> left(world.size());
    for (std::size_t i = 0; i < world.size(); ++i)
        left[i] = world.pick(2) == 0;
    for (std::size_t i = 0; i < world.size(); ++i) {
        for (std::size_t j = 0; j < world.size(); ++j)
            cut[i][j] = halves ? left[i] != left[j] : world.pick(3) == 0;
    }
    world.passes = [cut](std::size_t from, std::size_t to) { return !cut[from][to]; };
    world.at(world.now() + up_to(world, 10s), [&world] { world.heal(); });
}

void calm_down(ElectionWorld& world) {
    world.loss = 0;
    world.heal();
    for (std::size_t i = 0; i < world.size(); ++i) {
        world.resume(i);
        world.set_fitness(i, Fitness::fit);
    }
    start_all(world);
}

void one_thing_happens(ElectionWorld& world, bool disks_are_lost) {
    switch (world.pick(5)) {
        case 0:
            crash_somebody(world, disks_are_lost);
            break;
        case 1:
            pause_somebody(world);
            break;
        case 2:
            cut_the_network(world);
            break;
        case 3:
            if (const auto master = world.master(); master && !world.paused(*master))
                world.hand_over(*master);
            break;
        default:
            world.set_fitness(world.pick(world.size()), static_cast<Fitness>(world.pick(3)));
            break;
    }
}

// Until there is a master again, after the chaos.
Duration recovery(ElectionWorld& world, bool disks_are_lost) {
    start_all(world);
    for (Duration at = 5s; at < kChaos; at += up_to(world, 6s)) {
        world.at(TrueTime{at.count()},
                 [&world, disks_are_lost] { one_thing_happens(world, disks_are_lost); });
    }
    world.run_until(TrueTime{kChaos.count()});
    calm_down(world);
    EXPECT_TRUE(world.await_master(60s));
    return world.now() - TrueTime{kChaos.count()};
}

void run_chaos(std::size_t candidates, bool disks_are_lost) {
    Duration worst{0};
    std::size_t elections = 0;
    const std::uint64_t seeds = seeds_wanted() / 4;
    for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        ElectionWorld world(
            {.seed = seed, .candidates = candidates, .loss = 0.1, .duplication = 0.1});
        worst = std::max(worst, recovery(world, disks_are_lost));
        elections += world.elections();
        expect_no_violation(world, seed);
    }
    fmt::print("{} seeds, {} elections; a master at most {:.2f} s after it was over\n", seeds,
               elections, as_seconds(worst));
    EXPECT_LT(worst, Duration{10s});
    EXPECT_GT(elections, 5 * seeds);
}

TEST(ElectionChaos, of_three_never_makes_two_masters) {
    run_chaos(3, false);
}

TEST(ElectionChaos, of_five_never_makes_two_masters) {
    run_chaos(5, false);
}

TEST(ElectionChaos, with_disks_that_forget_never_makes_two_masters) {
    run_chaos(3, true);
}

}  // namespace
}  // namespace berkeley::test
