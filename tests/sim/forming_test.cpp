// How cluster time begins: with whom it waits for, and what each policy does to the clocks.
#include "tests/sim/scenario.hpp"

namespace berkeley::sim {
namespace {

TEST(Forming, waits_for_a_majority_of_the_expected_voters) {
    WorldShape shape = five_hosts(20);
    for (const std::size_t late : {2U, 3U, 4U})
        shape.hosts[late].starts = TrueTime{Duration{60s}.count()};
    Scenario scenario(shape);
    scenario.run_to(59);
    EXPECT_EQ(scenario.status(0).state, NodeState::starting);
    EXPECT_EQ(scenario.status(0).epoch, 0U);
    EXPECT_NE(scenario.status(0).reason.find("2 of 5 expected clocks are here, 3 are needed"),
              std::string::npos)
        << scenario.status(0).reason;
    scenario.run_to(120);
    scenario.expect_all_synchronized();
}

TEST(Forming, of_one_alone_that_expects_no_more) {
    WorldShape shape = five_hosts(21);
    shape.hosts.resize(1);
    Scenario scenario(shape);
    scenario.run_to(10);
    scenario.expect_all_synchronized();
    EXPECT_EQ(scenario.world.steps(0), 0U);
}

TEST(Forming, of_two_meets_in_the_middle) {
    WorldShape shape = five_hosts(22);
    shape.hosts.resize(2);  // +0.5 s and −0.5 s
    Scenario scenario(shape);
    scenario.run_to(60);
    scenario.expect_all_synchronized();
    EXPECT_LT(std::abs(scenario.against_truth(0).count()), 10'000'000);
}

TEST(Forming, by_slewing_alone_takes_less_than_thirty_seconds_from_four_tenths_apart) {
    WorldShape shape = five_hosts(23);
    const std::array<Duration, 5> offsets{200ms, -200ms, 100ms, -100ms, 0ms};
    for (std::size_t i = 0; i < 5; ++i) {
        shape.hosts[i].start_offset = offsets[i];
        shape.hosts[i].step_policy = StepPolicy::never;
    }
    Scenario scenario(shape);
    scenario.run_to(30);
    EXPECT_LT(scenario.spread(), Duration{1ms});
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(scenario.world.steps(i), 0U);
}

TEST(Forming, never_steps_if_told_so_however_far_apart) {
    WorldShape shape = five_hosts(24);
    for (auto& host : shape.hosts)
        host.step_policy = StepPolicy::never;
    shape.hosts[3].start_offset = 3s;
    Scenario scenario(shape);
    scenario.run_to(120);
    scenario.expect_all_synchronized();
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(scenario.world.steps(i), 0U);
}

TEST(Observer, is_measured_and_not_touched_and_does_not_count) {
    WorldShape shape = five_hosts(25);
    shape.hosts[2].clock = ClockMode::observe;
    shape.expect = 4;
    Scenario scenario(shape);
    scenario.run_to(120);
    EXPECT_EQ(scenario.world.steps(2), 0U);
    EXPECT_EQ(scenario.member(2).counted, Counted::no);
    EXPECT_EQ(scenario.member(2).reason, "it only observes");
    const Duration seen = *scenario.status(2).offset;
    const Duration real = scenario.world.system_time(2) - scenario.world.system_time(0);
    EXPECT_LT(std::abs((seen - real).count()), 200'000) << to_text(seen) << to_text(real);
    EXPECT_GT(std::abs(real.count()), 1'000'000) << "it was left where it was";
}

TEST(MoveLimit, makes_a_node_refuse_rather_than_move_its_clock_further) {
    WorldShape shape = five_hosts(26);
    shape.hosts[1].move_limit = 5ms;  // and its clock is some 800 ms off
    shape.hosts[2].move_limit = 5s;
    Scenario scenario(shape);
    const Duration before = scenario.against_truth(1);
    scenario.run_to(60);
    EXPECT_EQ(scenario.status(1).state, NodeState::refusing);
    EXPECT_NE(scenario.status(1).reason.find("move_limit"), std::string::npos);
    EXPECT_LT(std::abs((scenario.against_truth(1) - before).count()), 5'000'000);
    EXPECT_EQ(scenario.status(2).state, NodeState::synchronized);
}

}  // namespace
}  // namespace berkeley::sim
