// The candidates change again and again, through crashes, cuts and losses. Whatever the seed: no
// two masters, at once or in one term, and no two rosters of one serial. When it is over there is
// one master before long, and all hold the latest roster.
#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/election/roster_world.hpp"
#include "tests/sim/seeds.hpp"

namespace berkeley::test {
namespace {

constexpr Duration kChaos = 90s;
constexpr Duration kCalm = 60s;

Duration up_to(RosterWorld& world, Duration most) {
    return Duration{static_cast<std::int64_t>(world.pick(static_cast<std::size_t>(most.count())))};
}

void crash_somebody(RosterWorld& world) {
    const std::size_t host = world.pick(RosterWorld::kHosts);
    if (!world.up(host))
        return;
    world.crash(host);
    world.at(world.now() + up_to(world, 8s), [&world, host] {
        if (!world.up(host))
            world.start(host);
    });
}

void cut_the_network(RosterWorld& world) {
    std::array<bool, RosterWorld::kHosts> left{};
    for (bool& each : left)
        each = world.pick(2) == 0;
    world.passes = [left](std::size_t from, std::size_t to) { return left[from] == left[to]; };
    world.at(world.now() + up_to(world, 8s), [&world] { world.passes = nullptr; });
}

void want_another_roster(RosterWorld& world) {
    const bool promote = world.pick(2) == 0;
    world.wish(promote ? RosterStep::promote : RosterStep::retire, world.pick(RosterWorld::kHosts));
}

RosterSerial play(std::uint64_t seed) {
    RosterWorld world(seed);
    world.run(10s);
    world.loss = 20;
    const Duration end = world.now() + kChaos;
    while (world.now() < end) {
        world.run(up_to(world, 2s));
        switch (world.pick(8)) {
            case 0:
                crash_somebody(world);
                break;
            case 1:
                cut_the_network(world);
                break;
            default:
                want_another_roster(world);
        }
    }
    world.loss = 0;
    world.passes = nullptr;
    for (std::size_t host = 0; host < RosterWorld::kHosts; ++host) {
        if (!world.up(host))
            world.start(host);
    }
    world.run(kCalm);
    EXPECT_NE(world.leader(), RosterWorld::kHosts) << "nobody leads: " << world.account();
    EXPECT_TRUE(world.all_hold_it()) << "roster " << world.roster().serial;
    return world.roster().serial;
}

TEST(RosterChaos, NeverHasTwoMasters) {
    std::size_t changes = 0;
    std::size_t plays = 0;
    sim::for_each_seed(12, [&](std::uint64_t seed) {
        try {
            changes += play(seed);
        } catch (const std::exception& error) {
            ADD_FAILURE() << "seed " << seed << ": " << error.what();
        }
        ++plays;
    });
    std::cout << fmt::format("  {} changes of the candidates in {} plays\n", changes, plays);
    EXPECT_GE(changes, plays) << "what does not happen is not tried";
}

// The master is to be a candidate no more: it hands over before the others do without it.
TEST(RosterChaos, HandsOverWhenItIsACandidateNoMore) {
    sim::for_each_seed(5, [&](std::uint64_t seed) {
        RosterWorld world(seed);
        world.run(15s);
        const std::size_t master = world.leader();
        ASSERT_LT(master, RosterWorld::kHosts);
        world.wish(RosterStep::retire, master);
        Duration without{0};
        for (int i = 0; i < 2000; ++i) {
            world.run(5ms);
            if (world.leader() == RosterWorld::kHosts)
                without += 5ms;
        }
        std::cout << fmt::format("  no master for {} ms\n", without / 1ms);
        EXPECT_LT(without, 1s) << world.account();
        EXPECT_NE(world.leader(), master);
        EXPECT_TRUE(world.all_hold_it());
        EXPECT_EQ(world.roster().serial, 1);
        for (std::size_t host = 0; host < RosterWorld::kHosts; ++host)
            EXPECT_EQ(world.bench(host).reported(ReportKind::holdover), 0U);
        for (const Report& report : world.bench(master).reports) {
            if (report.kind == ReportKind::leads_no_more) {
                EXPECT_EQ(report.detail, "it is a candidate no more");
            }
        }
    });
}

// c is away while there come to be five candidates. Then it is back beside one of the first three,
// and the others are cut off: the two are a majority of then, and none of now.
TEST(RosterChaos, WhoWasAwayIsNotElectedByTheRosterOfThen) {
    RosterWorld world(1);
    world.run(10s);
    constexpr std::size_t kAway = 2;
    world.crash(kAway);
    world.run(10s);
    const std::size_t master = world.leader();
    ASSERT_LT(master, kAway);
    // Each of the rest was certified by another of the first three: here, not by the master.
    std::vector<std::size_t> promoted;
    for (std::size_t host = 3; host < RosterWorld::kHosts; ++host) {
        const RosterSerial before = world.roster().serial;
        world.wish(RosterStep::promote, host);
        world.run(8s);
        if (world.roster().serial > before)
            promoted.push_back(host);
    }
    ASSERT_EQ(promoted.size(), 2U);
    ASSERT_EQ(world.leader(), master) << "it leads on through both";
    EXPECT_TRUE(world.all_hold_it());
    world.passes = [master, promoted](std::size_t from, std::size_t to) {
        const auto with_the_master = [&](std::size_t host) {
            return host == master || std::ranges::count(promoted, host) > 0;
        };
        return with_the_master(from) == with_the_master(to);
    };
    world.start(kAway);
    EXPECT_NO_THROW(world.run(20s));
    EXPECT_EQ(world.leader(), master);
    world.passes = nullptr;
    world.run(10s);
    EXPECT_TRUE(world.all_hold_it());
    EXPECT_EQ(world.leader(), master);
}

}  // namespace
}  // namespace berkeley::test
