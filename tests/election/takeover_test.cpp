// How long a cluster is without a master: seconds after one is lost, no time at all after one hands
// over, and for as long as it takes where no majority can talk. Thousands of seeds.
#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"
#include "tests/election/scenes.hpp"

namespace berkeley::test {
namespace {

struct Times {
    std::vector<double> s;

    double median() {
        std::sort(s.begin(), s.end());
        return s[s.size() / 2];
    }
    double worst() const { return *std::max_element(s.begin(), s.end()); }
};

double since(const ElectionWorld& world, TrueTime moment) {
    return as_seconds(world.now() - moment);
}

// Times from the master's death to the next one's election.
Times takeovers(ElectionShape shape) {
    Times times;
    for (shape.seed = 1; shape.seed <= seeds_wanted(); ++shape.seed) {
        ElectionWorld world(shape);
        const auto first = settle(world);
        if (!first) {
            ADD_FAILURE() << "no master to begin with, seed " << shape.seed;
            continue;
        }
        world.crash(*first);
        const TrueTime died = world.now();
        if (world.await_master(600s))
            times.s.push_back(since(world, died));
        else
            ADD_FAILURE() << "no master any more, seed " << shape.seed;
        expect_no_violation(world, shape.seed);
    }
    fmt::print("{} takeovers, poll {} s: median {:.2f} s, worst {:.2f} s\n", times.s.size(),
               as_seconds(shape.poll), times.median(), times.worst());
    return times;
}

TEST(Takeover, of_three_within_five_seconds) {
    EXPECT_LT(takeovers({}).worst(), 5);
}

TEST(Takeover, of_five_within_five_seconds) {
    EXPECT_LT(takeovers({.candidates = 5}).worst(), 5);
}

TEST(Takeover, over_a_slow_network_within_five_seconds) {
    EXPECT_LT(takeovers({.least_delay = 40ms, .mean_jitter = 10ms}).worst(), 5);
}

TEST(Takeover, scales_with_the_poll_interval) {
    EXPECT_LT(takeovers({.poll = 200ms}).worst(), 1.5);
    EXPECT_LT(takeovers({.poll = 3230ms}).worst(), 3.23 * 3.5 + 1);
}

TEST(Takeover, with_a_datagram_in_ten_lost) {
    Times times = takeovers({.loss = 0.1, .duplication = 0.1});
    EXPECT_LT(times.median(), 5);
    EXPECT_LT(times.worst(), 12);
}

// While it lives and a majority hears it, a master stays, though some datagrams are lost.
TEST(Takeover, happens_to_no_master_that_is_heard) {
    std::size_t elections = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        ElectionWorld world({.seed = seed, .loss = 0.02});
        settle(world);
        world.run_until(world.now() + 1h);
        elections += world.elections();
        expect_no_violation(world, seed);
    }
    EXPECT_EQ(elections, 20U);
}

// What a master and two others say about it, when their polls say it all.
TEST(Takeover, costs_no_datagram_while_nothing_happens) {
    ElectionWorld world({});
    settle(world);
    const std::uint64_t before = world.datagrams();
    world.run_until(world.now() + 1h);
    EXPECT_EQ(world.datagrams(), before);
}

TEST(Takeover, by_handover_costs_a_moment) {
    Times times;
    for (std::uint64_t seed = 1; seed <= seeds_wanted(); ++seed) {
        ElectionWorld world({.seed = seed, .candidates = seed % 2 == 0 ? 3U : 5U});
        const auto first = settle(world);
        const NodeId to = ElectionWorld::id((*first + 1 + seed % 2) % world.size());
        world.hand_over(*first, to);
        const TrueTime left = world.now();
        const auto next = world.await_master(60s);
        times.s.push_back(since(world, left));
        EXPECT_EQ(name_of(next), std::to_string(to.value - 1)) << "seed " << seed;
        expect_no_violation(world, seed);
    }
    fmt::print("{} handovers: median {:.3f} s, worst {:.3f} s\n", times.s.size(), times.median(),
               times.worst());
    EXPECT_LT(times.median(), 0.05);
    EXPECT_LT(times.worst(), 0.5);
}

TEST(Takeover, of_a_paused_master_who_then_leads_no_more) {
    for (std::uint64_t seed = 1; seed <= seeds_wanted() / 5; ++seed) {
        ElectionWorld world({.seed = seed});
        const auto first = settle(world);
        const Term term = world.term(*first);
        world.pause(*first);
        const TrueTime paused = world.now();
        world.run_until(paused + 5s);
        const auto next = world.master();
        EXPECT_NE(name_of(next), name_of(first)) << "seed " << seed;
        world.run_until(paused + 30s);
        world.resume(*first);
        world.run_until(world.now() + 2s);
        EXPECT_EQ(name_of(world.master()), name_of(next)) << "seed " << seed;
        EXPECT_GT(world.term(*first), term) << "it votes for the new one";
        expect_no_violation(world, seed);
    }
}

// From when the last of a majority is convinced. The master still polls all of them.
TEST(Takeover, from_a_master_whom_a_majority_trusts_no_more) {
    Times times;
    for (std::uint64_t seed = 1; seed <= seeds_wanted() / 5; ++seed) {
        ElectionWorld world({.seed = seed, .candidates = seed % 2 == 0 ? 3U : 5U});
        const std::size_t first = *settle(world);
        const std::size_t majority = world.size() / 2 + 1;
        for (std::size_t i = 1; i <= majority; ++i)
            world.withdraw_trust((first + i) % world.size(), first, 1h);
        const TrueTime convinced = world.now();
        while (world.master() == first)
            world.run_until(world.now() + 10ms);
        const auto next = world.await_master(60s);
        ASSERT_TRUE(next && *next != first) << "seed " << seed << ": " << name_of(next);
        times.s.push_back(since(world, convinced));
        world.run_until(world.now() + 10min);
        EXPECT_NE(world.master(), first) << "seed " << seed;
        expect_no_violation(world, seed);
    }
    fmt::print("{} depositions: median {:.2f} s, worst {:.2f} s\n", times.s.size(), times.median(),
               times.worst());
    EXPECT_LT(times.worst(), 6);
}

TEST(Takeover, does_not_come_of_a_minority_that_trusts_the_master_no_more) {
    for (std::uint64_t seed = 1; seed <= seeds_wanted() / 10; ++seed) {
        ElectionWorld world({.seed = seed, .candidates = seed % 2 == 0 ? 3U : 5U});
        const std::size_t first = *settle(world);
        for (std::size_t i = 1; i <= world.size() - world.size() / 2 - 1; ++i)
            world.withdraw_trust((first + i) % world.size(), first, 1h);
        const std::size_t elections = world.elections();
        world.run_until(world.now() + 20min);
        EXPECT_EQ(world.master(), first) << "seed " << seed;
        EXPECT_EQ(world.elections(), elections) << "seed " << seed;
        expect_no_violation(world, seed);
    }
}

TEST(Takeover, where_a_majority_can_talk_and_nowhere_else) {
    for (std::uint64_t seed = 1; seed <= seeds_wanted() / 50; ++seed) {
        ElectionWorld world({.seed = seed, .candidates = 5});
        settle(world);
        world.passes = [](std::size_t from, std::size_t to) { return (from < 2) == (to < 2); };
        const TrueTime cut = world.now();
        world.run_until(cut + 90min);
        const auto master = world.master();
        ASSERT_TRUE(master && *master >= 2) << "seed " << seed << ": " << name_of(master);
        world.heal();
        const std::size_t elections = world.elections();
        world.run_until(world.now() + 10s);
        EXPECT_EQ(name_of(world.master()), name_of(master)) << "seed " << seed;
        EXPECT_EQ(world.elections(), elections);
        expect_no_violation(world, seed);
    }
}

}  // namespace
}  // namespace berkeley::test
