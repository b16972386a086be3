// Someone else moves the clock, the crystal or the machine under a node.
#include "tests/sim/scenario.hpp"

namespace berkeley::sim {
namespace {

constexpr double kSettled_s = 120;

Duration worst_of_others(Scenario& scenario, std::size_t but) {
    return spread_now(scenario.world, {but});
}

void set_clock_of(std::size_t host, Duration by) {
    Scenario scenario(five_hosts(11));
    scenario.no_step.exempt(host);
    scenario.run_to(kSettled_s);
    const std::uint64_t steps = scenario.world.steps(host);
    scenario.world.set_clock(host, by);
    EXPECT_EQ(scenario.world.reports(host, ReportKind::clock_set_by_other), 1U);
    scenario.run_to(kSettled_s + 5);
    EXPECT_LT(scenario.spread(), Duration{1ms}) << "undone within 5 s";
    EXPECT_LT(worst_of_others(scenario, host), Duration{100us});
    EXPECT_EQ(scenario.world.steps(host), steps + 1);
}

TEST(ClockSetByHand, of_a_member_forward_is_undone) {
    set_clock_of(2, 5s);
}
TEST(ClockSetByHand, of_a_member_backward_is_undone) {
    set_clock_of(2, -5s);
}
TEST(ClockSetByHand, of_the_master_forward_is_undone) {
    set_clock_of(0, 5s);
}
TEST(ClockSetByHand, of_the_master_backward_is_undone) {
    set_clock_of(0, -5s);
}

TEST(ClockSetByHand, by_little_is_slewed_away) {
    Scenario scenario(five_hosts(12));
    scenario.run_to(kSettled_s);
    const std::uint64_t steps = scenario.world.steps(1);
    scenario.world.set_clock(1, 100ms);
    scenario.run_to(kSettled_s + 40);
    EXPECT_LT(scenario.spread(), Duration{1ms});
    EXPECT_EQ(scenario.world.steps(1), steps);
}

TEST(ClockSetByHand, twice_within_a_minute_makes_the_node_refuse) {
    Scenario scenario(five_hosts(13));
    scenario.no_step.exempt(1);
    scenario.run_to(kSettled_s);
    scenario.world.set_clock(1, 5s);
    scenario.run_to(kSettled_s + 20);
    scenario.world.set_clock(1, 5s);
    scenario.run_to(kSettled_s + 40);
    EXPECT_EQ(scenario.status(1).state, NodeState::refusing);
    EXPECT_GT(scenario.spread(), Duration{4s}) << "hands off";
    EXPECT_LT(worst_of_others(scenario, 1), Duration{100us});
    EXPECT_EQ(scenario.member(1).state, MemberState::excluded);
    EXPECT_NE(scenario.member(1).reason.find("refuses"), std::string::npos)
        << scenario.member(1).reason;
}

TEST(AnotherProgram, that_steers_the_clock_is_noticed_and_not_fought) {
    Scenario scenario(five_hosts(14));
    scenario.run_to(kSettled_s);
    KernelAdjustment theirs;
    theirs.rate.frequency = 100 * 65536;
    scenario.world.steer_as_another_program(3, theirs);
    scenario.run_to(kSettled_s + 3);
    EXPECT_EQ(scenario.status(3).state, NodeState::refusing);
    EXPECT_EQ(scenario.world.reports(3, ReportKind::clock_steered_by_other), 1U);
}

void break_raw_clock_of(std::size_t host) {
    Scenario scenario(five_hosts(15));
    scenario.no_step.exempt(host);
    scenario.bounds.exempt(host);
    scenario.run_to(kSettled_s);
    scenario.world.break_raw_clock(host, 7s, "restored");
    scenario.run_to(kSettled_s + 20);
    scenario.expect_all_synchronized();
    EXPECT_LT(scenario.spread(), Duration{1ms});
    EXPECT_EQ(scenario.status(0).epoch, 1U);
}

TEST(RawClock, of_a_member_broken_is_measured_anew) {
    break_raw_clock_of(2);
}
TEST(RawClock, of_the_master_broken_lets_the_members_tell_the_time) {
    break_raw_clock_of(0);
}

// A restored virtual machine: nothing tells of it but the stamps.
void jump_raw_clock_of(std::size_t host) {
    Scenario scenario(five_hosts(17));
    scenario.no_step.exempt(host);
    scenario.bounds.exempt(host);
    scenario.believed.exempt(host);
    scenario.run_to(kSettled_s);
    scenario.world.oscillator(host).jump(2s);
    scenario.run_to(kSettled_s + 30);
    scenario.expect_all_synchronized();
    EXPECT_LT(scenario.spread(), Duration{1ms});
    EXPECT_EQ(scenario.status(0).epoch, 1U);
    EXPECT_GE(scenario.world.reports(host, ReportKind::raw_clock_broken), 1U);
}

TEST(RawClock, of_a_member_that_jumps_unseen_is_found_out) {
    jump_raw_clock_of(2);
}
TEST(RawClock, of_the_master_that_jumps_unseen_is_found_out) {
    jump_raw_clock_of(0);
}

// Beside the same seed in which nothing breaks: the members hold over until the master knows again
// where they are, its rate is what it was, and what they claim is believed.
TEST(RawClock, of_the_master_that_breaks_moves_nobody_else) {
    Scenario broken(five_hosts(17));
    Scenario sound(five_hosts(17));
    broken.no_step.exempt(0);
    broken.bounds.exempt(0);
    broken.run_to(kSettled_s);
    broken.world.break_raw_clock(0, 2s, "suspended");
    for (const double after_s : {10, 30, 100}) {
        broken.run_to(kSettled_s + after_s);
        sound.run_to(kSettled_s + after_s);
        for (std::size_t i = 1; i < 5; ++i) {
            const Duration moved = broken.world.system_time(i) - sound.world.system_time(i);
            EXPECT_LT(std::abs(moved.count()), 8'000) << World::name_of(i) << " at " << after_s;
        }
    }
    broken.expect_all_synchronized();
}

TEST(AnotherProgram, that_left_the_masters_clock_in_mid_slew_does_not_race_the_cluster) {
    Scenario scenario(five_hosts(18));
    KernelAdjustment left_behind;
    left_behind.rate.tick_us = 10'833;
    scenario.world.steer_as_another_program(0, left_behind);
    scenario.run_to(600);
    scenario.expect_all_synchronized();
    EXPECT_LT(std::abs((scenario.against_truth(1) - scenario.against_truth(0)).count()), 1'000'000);
    EXPECT_LT(std::abs(scenario.against_truth(1).count()), 1'000'000'000);
}

TEST(Oscillator, of_a_member_that_jumps_loses_its_vote_and_is_named) {
    Scenario scenario(five_hosts(16));
    scenario.bounds.exempt(2);
    scenario.believed.exempt(2);
    scenario.run_to(kSettled_s);
    scenario.world.oscillator(2).jump_rate(300 * kPpm);
    scenario.run_to(kSettled_s + 20);
    EXPECT_EQ(scenario.member(2).state, MemberState::excluded);
    EXPECT_EQ(scenario.member(2).counted, Counted::no);
    EXPECT_NE(scenario.member(2).reason.find("oscillator"), std::string::npos)
        << scenario.member(2).reason;
    EXPECT_LT(worst_of_others(scenario, 2), Duration{50us});
    scenario.run_to(kSettled_s + 300);
    EXPECT_EQ(scenario.member(2).counted, Counted::yes) << scenario.member(2).reason;
    EXPECT_LT(scenario.spread(), Duration{50us});
}

}  // namespace
}  // namespace berkeley::sim
