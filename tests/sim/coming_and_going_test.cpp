// Nodes join late, leave with a goodbye, fall silent and return, restart. The others do not notice
// it in their clocks.
#include "daemon/core/agree/median.hpp"
#include "tests/sim/scenario.hpp"

namespace berkeley::sim {
namespace {

constexpr double kSettled_s = 300;

TEST(Joiner, ten_seconds_wrong_is_corrected_within_two_seconds) {
    WorldShape shape = five_hosts(3);
    shape.expect = 4;
    shape.hosts[4].starts = TrueTime{seconds(kSettled_s).count()};
    shape.hosts[4].start_offset = 10s;
    Scenario scenario(shape);
    scenario.run_to(kSettled_s + 2);
    EXPECT_LT(scenario.spread(), Duration{1ms});
    EXPECT_EQ(scenario.status(0).epoch, 1U);
    EXPECT_EQ(scenario.world.steps(4), 1U);
    scenario.run_to(kSettled_s + 120);
    EXPECT_EQ(scenario.member(4).counted, Counted::yes) << scenario.member(4).reason;
}

// By how much the clock that a newcomer moved most was moved: against the same seed without it.
double most_moved_ns(World& joined, World& alone, double at_s) {
    const TrueTime at{seconds(at_s).count()};
    joined.run_until(at);
    alone.run_until(at);
    double most = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const Duration moved = joined.system_time(i) - alone.system_time(i);
        most = std::max(most, std::abs(as_ns(moved)));
    }
    return most;
}

TEST(Joiner, does_not_move_the_others) {
    std::vector<double> while_measured;
    std::vector<double> since_it_counts;
    for (std::uint64_t seed = 1; seed <= 9; ++seed) {
        WorldShape shape = five_hosts(seed);
        shape.expect = 4;
        shape.hosts[4].start_offset = 10s;
        shape.path.mean_jitter = 0ns;  // what remains is its doing, not that of other delays
        shape.hosts[4].starts = TrueTime{seconds(kSettled_s).count()};
        World joined(shape);
        shape.hosts[4].starts = TrueTime{Duration{1h}.count()};
        World alone(shape);
        while_measured.push_back(most_moved_ns(joined, alone, kSettled_s + 60));
        since_it_counts.push_back(most_moved_ns(joined, alone, kSettled_s + 300));
    }
    EXPECT_LT(median_of(while_measured), 50);
    EXPECT_LT(median_of(since_it_counts), 1000) << "an average of five is another one";
}

TEST(Leaver, is_named_as_left_and_counts_no_more) {
    Scenario scenario(five_hosts(4));
    scenario.run_to(kSettled_s);
    scenario.world.stop(2);
    scenario.run_to(kSettled_s + 1);
    EXPECT_EQ(scenario.member(2).state, MemberState::left);
    EXPECT_EQ(scenario.member(2).counted, Counted::no);
    EXPECT_EQ(scenario.status(0).members, 4U);
}

TEST(SilentMember, is_named_and_counts_again_when_it_returns) {
    Scenario scenario(five_hosts(5));
    scenario.run_to(kSettled_s);
    scenario.world.network().cut(
        [](std::size_t from, std::size_t to) { return from == 3 || to == 3; });
    scenario.run_to(kSettled_s + 55);
    EXPECT_EQ(scenario.member(3).state, MemberState::silent);
    EXPECT_NE(scenario.member(3).reason.find("no answer for 5"), std::string::npos)
        << scenario.member(3).reason;
    EXPECT_EQ(scenario.status(3).state, NodeState::holdover);
    EXPECT_LT(scenario.spread(), Duration{200us}) << "it holds over on a line well known";

    scenario.world.network().heal();
    scenario.run_to(kSettled_s + 70);
    EXPECT_EQ(scenario.member(3).state, MemberState::trusted) << scenario.member(3).reason;
    EXPECT_EQ(scenario.member(3).counted, Counted::yes);
    scenario.expect_all_synchronized();
}

TEST(Member, that_is_killed_and_restarted_goes_on_without_a_step) {
    Scenario scenario(five_hosts(6));
    scenario.run_to(kSettled_s);
    const std::uint64_t steps = scenario.world.steps(1);
    scenario.world.kill(1);
    scenario.run_to(kSettled_s + 20);
    scenario.world.start(1);
    scenario.run_to(kSettled_s + 22);
    EXPECT_EQ(scenario.world.steps(1), steps);
    EXPECT_EQ(scenario.status(1).state, NodeState::synchronized) << scenario.status(1).reason;
    EXPECT_LT(scenario.spread(), Duration{200us});
}

// Whatever is left of the master's disk: the members still know cluster time, and tell.
void restart_the_master(bool disk_lost) {
    Scenario scenario(five_hosts(8));
    scenario.run_to(kSettled_s);
    scenario.world.kill(0);
    if (disk_lost)
        scenario.world.lose_disk(0);
    Spread spread(scenario.world, scenario.world.now());
    scenario.run_to(kSettled_s + 10);
    EXPECT_EQ(scenario.status(1).state, NodeState::holdover);
    scenario.world.start(0);
    // Who does not remember its own rate lets the members go on by theirs until it is known.
    scenario.run_to(kSettled_s + (disk_lost ? 150 : 60));
    scenario.expect_all_synchronized();
    EXPECT_EQ(scenario.status(0).epoch, 1U);
    EXPECT_GT(scenario.status(0).term, 1U);
    EXPECT_LT(spread.max_us(), 200.0);
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_LE(scenario.world.steps(i), 1U);
}

TEST(Master, restarted_continues_cluster_time_in_the_same_epoch) {
    restart_the_master(false);
}
TEST(Master, restarted_with_its_disk_lost_continues_it_too) {
    restart_the_master(true);
}

TEST(Master, that_says_goodbye_leaves_its_members_in_holdover_at_once) {
    Scenario scenario(five_hosts(9));
    scenario.run_to(kSettled_s);
    scenario.world.stop(0);
    scenario.run_to(kSettled_s + 1.1);
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_EQ(scenario.status(i).state, NodeState::holdover) << World::name_of(i);
    }
}

TEST(Master, restarted_drops_the_doubt_of_its_absence_once_all_follow_it) {
    Scenario scenario(five_hosts(8));
    scenario.run_to(kSettled_s);
    const Duration before = *scenario.status(1).bound;
    for (int outage = 0; outage < 2; ++outage) {
        const double now_s = kSettled_s + outage * 200;
        scenario.world.kill(0);
        scenario.run_to(now_s + 60);
        scenario.world.start(0);
        scenario.run_to(now_s + 200);
    }
    EXPECT_LT(*scenario.status(1).bound, 5 * before);
}

TEST(Node, restarted_after_its_clock_was_moved_while_it_was_down_is_stepped_back) {
    Scenario scenario(five_hosts(9));
    scenario.no_step.exempt(3);
    scenario.run_to(kSettled_s);
    scenario.world.kill(3);
    scenario.world.set_clock(3, 1h);
    scenario.run_to(kSettled_s + 10);
    scenario.world.start(3);
    scenario.run_to(kSettled_s + 15);
    EXPECT_LT(scenario.spread(), Duration{1ms});
}

TEST(Holdover, has_a_bound_that_grows) {
    Scenario scenario(five_hosts(10));
    scenario.run_to(kSettled_s);
    scenario.world.kill(0);
    scenario.run_to(kSettled_s + 10);
    const Duration early = *scenario.status(1).bound;
    scenario.run_to(kSettled_s + 1800);
    const Duration late = *scenario.status(1).bound;
    EXPECT_GT(late - early, Duration{100ms});
    EXPECT_LT(scenario.spread(), Duration{20ms});
}

}  // namespace
}  // namespace berkeley::sim
