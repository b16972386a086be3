// Clocks on one host: when its oscillator, or what it set their clocks by, is wrong, they all are,
// and they may be a majority of the clocks. They have one vote.
#include "tests/sim/scenario.hpp"

namespace berkeley::sim {
namespace {

WorldShape with_three_on_one_host(std::uint64_t seed, const std::vector<std::size_t>& hosts) {
    WorldShape shape = five_hosts(seed);
    std::vector<std::string> names;
    for (const std::size_t host : hosts)
        names.push_back(World::name_of(host));
    shape.failure_domains.add(names);
    return shape;
}

WorldShape wrong_at_first(WorldShape shape) {
    for (const std::size_t host : {2U, 3U, 4U})
        shape.hosts[host].start_offset = 10s;
    return shape;
}

TEST(FailureDomain, a_host_that_is_wrong_does_not_outvote_the_others) {
    Scenario scenario(wrong_at_first(with_three_on_one_host(51, {2, 3, 4})));
    scenario.run_to(60);
    scenario.expect_all_synchronized();
    EXPECT_LT(std::abs(scenario.against_truth(0).count()), 600'000'000);
}

TEST(FailureDomain, of_which_the_master_is_not_told_it_does) {
    Scenario scenario(wrong_at_first(five_hosts(51)));
    scenario.run_to(60);
    EXPECT_GT(scenario.against_truth(0), Duration{9s});
}

TEST(FailureDomain, counts_once_among_those_that_are_expected) {
    WorldShape shape = with_three_on_one_host(52, {2, 3, 4});
    shape.expect = 7;  // of which three share: five votes, three needed
    Scenario scenario(shape);
    scenario.run_to(20);
    EXPECT_EQ(scenario.status(0).epoch, 1U) << scenario.status(0).reason;
    shape.expect = 8;
    Scenario waiting(shape);
    waiting.run_to(20);
    EXPECT_EQ(waiting.status(0).epoch, 0U);
    EXPECT_NE(waiting.status(0).reason.find("3 of 6 expected"), std::string::npos)
        << waiting.status(0).reason;
}

constexpr double kSettled_s = 900;

// All clocks of a host change together, as slowly as the jury does not notice.
void drag_host(Scenario& scenario, const std::vector<std::size_t>& hosts) {
    for (const std::size_t host : hosts)
        scenario.world.oscillator(host).drag(1.5e-8);
    scenario.run_to(kSettled_s + 667);
    for (const std::size_t host : hosts)
        scenario.world.oscillator(host).drag(0);
    scenario.run_to(kSettled_s + 1800);
}

double most_moved_us(const WorldShape& shape, const std::vector<std::size_t>& hosts) {
    Scenario dragged(shape);
    Scenario sound(shape);
    dragged.run_to(kSettled_s);
    drag_host(dragged, hosts);
    sound.run_to(kSettled_s + 1800);
    double most = 0;
    for (std::size_t i = 0; i < shape.hosts.size(); ++i) {
        if (std::ranges::find(hosts, i) != hosts.end())
            continue;
        const Duration moved = dragged.world.system_time(i) - sound.world.system_time(i);
        most = std::max(most, std::abs(as_ns(moved)) * 1e-3);
    }
    return most;
}

TEST(FailureDomain, a_host_whose_oscillator_changes_drags_the_others_by_a_fifth_of_a_ppm_at_most) {
    const std::vector<std::size_t> host{2, 3, 4};
    EXPECT_LT(most_moved_us(with_three_on_one_host(53, host), host), 1800e6 * 0.2 * kPpm);
    EXPECT_GT(most_moved_us(five_hosts(53), host), 1800e6 * 2 * kPpm) << "told of no domain";
}

// The master and two members are on it; the others tell that it was that host.
TEST(FailureDomain, the_masters_own_host_that_changes_is_found_out_by_the_others) {
    const std::vector<std::size_t> host{0, 1, 2};
    WorldShape shape = with_three_on_one_host(54, host);
    Scenario racing(shape);
    Scenario sound(shape);
    racing.run_to(kSettled_s);
    for (const std::size_t each : host)
        racing.world.oscillator(each).jump_rate(20 * kPpm);
    for (const double after_s : {30, 120, 600}) {
        racing.run_to(kSettled_s + after_s);
        sound.run_to(kSettled_s + after_s);
        for (const std::size_t i : {3U, 4U}) {
            const Duration moved = racing.world.system_time(i) - sound.world.system_time(i);
            EXPECT_LT(std::abs(moved.count()), 150'000) << World::name_of(i) << " " << after_s;
        }
    }
    EXPECT_GE(racing.world.reports(0, ReportKind::raw_clock_broken), 1U);
}

}  // namespace
}  // namespace berkeley::sim
