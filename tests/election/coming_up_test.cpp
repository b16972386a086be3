// Who comes to lead, and when, as clusters of one, two and more candidates are switched on.
#include <gtest/gtest.h>

#include "tests/election/scenes.hpp"

namespace berkeley::test {
namespace {

TEST(ComingUp, the_first_in_rank_leads) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        ElectionWorld world({.seed = seed, .candidates = 5});
        EXPECT_EQ(name_of(settle(world)), "0") << "seed " << seed;
        EXPECT_EQ(world.elections(), 1U) << "seed " << seed;
    }
}

TEST(ComingUp, one_that_knows_cluster_time_goes_before_those_that_do_not) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        ElectionWorld world({.seed = seed});
        world.set_fitness(0, Fitness::without_time);
        world.set_fitness(1, Fitness::without_time);
        EXPECT_EQ(name_of(settle(world)), "2") << "seed " << seed;
    }
}

TEST(ComingUp, where_nobody_knows_cluster_time_somebody_leads_to_form_it) {
    ElectionWorld world({});
    for (std::size_t i = 0; i < world.size(); ++i)
        world.set_fitness(i, Fitness::without_time);
    start_all(world);
    EXPECT_EQ(name_of(world.await_master(2s)), "0");
}

TEST(ComingUp, whoever_must_not_lead_does_not_and_votes) {
    ElectionWorld world({});
    world.set_fitness(0, Fitness::barred);
    world.set_fitness(1, Fitness::barred);
    EXPECT_EQ(name_of(settle(world)), "2");
    world.crash(2);
    EXPECT_EQ(name_of(world.await_master(60s)), "nobody");
    world.set_fitness(1, Fitness::fit);
    EXPECT_EQ(name_of(world.await_master(6s)), "1");
}

TEST(ComingUp, a_master_that_must_not_lead_any_more_hands_over) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        ElectionWorld world({.seed = seed});
        const auto first = settle(world);
        world.set_fitness(*first, Fitness::barred);
        EXPECT_TRUE(world.await_master(500ms)) << "seed " << seed;
        EXPECT_NE(name_of(world.master()), name_of(first));
    }
}

// All at once, with what they promised before on their disks; one may be missing.
TEST(ComingUp, after_a_power_cut) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        ElectionWorld world({.seed = seed});
        const auto first = settle(world);
        for (std::size_t i = 0; i < world.size(); ++i)
            world.crash(i);
        const std::size_t missing = world.pick(4U);
        for (std::size_t i = 0; i < world.size(); ++i) {
            if (i != missing)
                world.start(i);
        }
        EXPECT_TRUE(world.await_master(5s)) << "seed " << seed << ", it was " << name_of(first);
        expect_no_violation(world, seed);
    }
}

TEST(ComingUp, a_master_that_starts_again_at_once_is_elected_again_at_once) {
    ElectionWorld world({});
    const auto first = settle(world);
    world.crash(*first);
    world.start(*first);
    EXPECT_EQ(name_of(world.await_master(1s)), name_of(first));
}

TEST(ComingUp, disks_that_were_never_written_take_a_promise_longer) {
    ElectionWorld world({});
    for (std::size_t i = 0; i < world.size(); ++i)
        world.lose_disk(i);
    start_all(world);
    EXPECT_EQ(name_of(world.await_master(4s)), "nobody");
    EXPECT_EQ(name_of(world.await_master(2s)), "0");
}

TEST(ComingUp, one_alone_leads_at_once_and_always) {
    ElectionWorld world({.candidates = 1});
    world.lose_disk(0);
    world.set_fitness(0, Fitness::barred);
    world.start(0);
    EXPECT_EQ(name_of(world.await_master(1s)), "0");
    const Term term = world.term(0);
    world.run_until(world.now() + 24h);
    EXPECT_EQ(name_of(world.master()), "0");
    world.crash(0);
    world.start(0);
    EXPECT_EQ(name_of(world.await_master(1s)), "0");
    EXPECT_GT(world.term(0), term);
}

TEST(ComingUp, two_lead_only_together) {
    ElectionWorld world({.candidates = 2});
    const auto first = settle(world);
    ASSERT_TRUE(first);
    const std::size_t other = 1 - *first;
    world.crash(other);
    world.run_until(world.now() + 4s);
    EXPECT_EQ(name_of(world.master()), "nobody");
    const std::uint64_t before = world.datagrams();
    world.run_until(world.now() + 1h);
    EXPECT_LT(world.datagrams() - before, 2100U) << "it asks the other every 1.75 s";
    EXPECT_EQ(name_of(world.master()), "nobody");
    world.start(other);
    EXPECT_TRUE(world.await_master(10s));
}

// Its term is higher than the cluster's, and it votes for nobody below it.
TEST(ComingUp, one_that_stood_in_vain_comes_back_into_the_majority) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        ElectionWorld world({.seed = seed});
        const auto first = settle(world);
        const std::size_t lost = (*first + 1) % 3;
        world.crash(lost);
        world.set_disk(lost, {world.term(*first) + 5, ElectionWorld::id(lost), 3500ms});
        world.start(lost);
        world.run_until(world.now() + 3s);
        EXPECT_EQ(name_of(world.master()), name_of(first)) << "it stands again, above";
        EXPECT_EQ(world.term(*first), world.term(lost)) << "seed " << seed;
        // Now that one may be lost instead of the other.
        world.crash(3 - *first - lost);
        world.run_until(world.now() + 30s);
        EXPECT_EQ(name_of(world.master()), name_of(first)) << "seed " << seed;
        expect_no_violation(world, seed);
    }
}

}  // namespace
}  // namespace berkeley::test
