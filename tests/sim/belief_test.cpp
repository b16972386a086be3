// An honest master is believed, whatever the oscillators do within what the bound assumes of them.
#include "tests/sim/adversary.hpp"
#include "tests/sim/scenario.hpp"
#include "tests/sim/seeds.hpp"

namespace berkeley::sim {
namespace {

constexpr double kLearned_s = 700;

// Machines moved to other hosts, air conditioning that fails, a master that is away for hours.
void run_changing_oscillators(std::uint64_t seed) {
    WorldShape shape = five_hosts(seed);
    shape.path.heavy_tail = 0.05;
    shape.path.reordering = 5ms;
    Dice plan(seed);
    for (HostShape& host : shape.hosts)
        host.oscillator.ramp_per_s = plan.between(-5, 5) * kPpm / 3600;
    Scenario scenario(shape);
    scenario.run_to(kLearned_s);
    for (std::size_t i = 0; i < shape.hosts.size(); ++i) {
        scenario.run_to(kLearned_s + 600 * static_cast<double>(i));
        scenario.world.oscillator(i).jump_rate(plan.between(-35, 35) * kPpm);
    }
    scenario.world.kill(0);
    scenario.run_to(3 * 3600);
    scenario.world.start(0);
    scenario.run_to(3 * 3600 + 180);
    scenario.expect_all_synchronized();
}

TEST(HonestMaster, is_believed_while_oscillators_change_and_after_hours_without_it) {
    for_each_seed(10, run_changing_oscillators);
}

}  // namespace
}  // namespace berkeley::sim
