// Oscillators that go wrong while all agree: the master's own, or a minority's, slowly. The others'
// clocks go on as in the same seed without it. tests/bench/agreement has the figures over hours.
#include <algorithm>

#include "tests/sim/scenario.hpp"

namespace berkeley::sim {
namespace {

constexpr double kSettled_s = 900;
constexpr double kTwoPolls_s = 2 * 3.28;

WorldShape slowly_polled(std::uint64_t seed) {
    WorldShape shape = five_hosts(seed);
    shape.poll_max = 3280ms;
    return shape;
}

double moved_us(Scenario& struck, Scenario& sound, std::size_t host) {
    const Duration moved = struck.world.system_time(host) - sound.world.system_time(host);
    return std::abs(as_ns(moved)) * 1e-3;
}

void race_the_master(double by, double noticed_within_s, double limit_us) {
    Scenario racing(slowly_polled(21));
    Scenario sound(slowly_polled(21));
    racing.bounds.exempt(0);
    racing.run_to(kSettled_s);
    racing.world.oscillator(0).jump_rate(by);
    racing.run_to(kSettled_s + noticed_within_s);
    EXPECT_EQ(racing.world.reports(0, ReportKind::raw_clock_broken), 1U);
    for (const double after_s : {30, 60, 120, 300, 1200}) {
        racing.run_to(kSettled_s + after_s);
        sound.run_to(kSettled_s + after_s);
        for (std::size_t i = 1; i < 5; ++i)
            EXPECT_LT(moved_us(racing, sound, i), limit_us) << World::name_of(i) << after_s;
    }
    EXPECT_EQ(racing.world.reports(0, ReportKind::raw_clock_broken), 1U) << "and only once";
    racing.expect_all_synchronized();
    EXPECT_LT(racing.spread(), Duration{50us});
    EXPECT_EQ(racing.status(0).epoch, 1U);
}

TEST(MastersOscillator, that_races_is_found_out_and_moves_nobody) {
    race_the_master(500 * kPpm, kTwoPolls_s, 60);
}
TEST(MastersOscillator, that_falls_behind_is_found_out_and_moves_nobody) {
    race_the_master(-500 * kPpm, kTwoPolls_s, 60);
}
TEST(MastersOscillator, that_changes_by_little_is_found_out_too) {
    race_the_master(20 * kPpm, 20, 120);
}

// It is named meanwhile, and counts again when it has behaved.
TEST(MastersOscillator, that_races_loses_its_vote_for_a_while) {
    Scenario scenario(slowly_polled(22));
    scenario.bounds.exempt(0);
    scenario.run_to(kSettled_s);
    scenario.world.oscillator(0).jump_rate(300 * kPpm);
    scenario.run_to(kSettled_s + 30);
    EXPECT_EQ(scenario.member(0).counted, Counted::no);
    EXPECT_NE(scenario.member(0).reason.find("oscillator"), std::string::npos)
        << scenario.member(0).reason;
    scenario.run_to(kSettled_s + 300);
    EXPECT_EQ(scenario.member(0).counted, Counted::yes) << scenario.member(0).reason;
}

// Just too slowly for the jury: a change of 5 ppm within its memory of 300 s.
void drag(Scenario& scenario, const std::vector<std::size_t>& hosts) {
    for (const std::size_t host : hosts)
        scenario.world.oscillator(host).drag(1.5e-8);
    scenario.run_to(kSettled_s + 667);
    for (const std::size_t host : hosts)
        scenario.world.oscillator(host).drag(0);
}

void expect_to_drag_less_than(double rate, const std::vector<std::size_t>& hosts) {
    Scenario dragged(slowly_polled(23));
    Scenario sound(slowly_polled(23));
    dragged.run_to(kSettled_s);
    drag(dragged, hosts);
    dragged.run_to(kSettled_s + 1800);
    sound.run_to(kSettled_s + 1800);
    for (std::size_t i = 0; i < 5; ++i) {
        if (std::find(hosts.begin(), hosts.end(), i) != hosts.end())
            continue;
        EXPECT_LT(moved_us(dragged, sound, i), 1800e6 * rate) << World::name_of(i);
    }
}

TEST(TwoOfFive, that_turn_slowly_together_drag_cluster_time_by_a_fifth_of_a_ppm_at_most) {
    expect_to_drag_less_than(0.2 * kPpm, {3, 4});
}
TEST(TwoOfFive, one_of_them_the_master_drag_it_by_no_more_than_they_turn) {
    expect_to_drag_less_than(2 * kPpm, {0, 4});
}

}  // namespace
}  // namespace berkeley::sim
