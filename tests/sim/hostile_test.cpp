// A cluster among enemies: on the path, beside it, with a member's keys, with the master's.
// Whatever they do, and the seed draws what: no honest clock leaves its published bound, no honest
// master is refused, memory stays within its limits, nobody is let in, and when it is over all
// agree again.
#include <fmt/format.h>

#include "daemon/core/node/belief.hpp"
#include "tests/sim/inside.hpp"
#include "tests/sim/scenario.hpp"
#include "tests/sim/seeds.hpp"

namespace berkeley::sim {
namespace {

constexpr std::size_t kInside = 4;
constexpr std::size_t kMostMembers = 8;
// A record of a member is about a kilobyte, and there are twice as many as members, with what the
// limits of verifications take, and the actions of one event.
constexpr std::int64_t kMostMemory = 64 * 1024;

// What is left, three minutes later, of a path that took 0.2 s longer one way.
constexpr Duration kForgotten = 5ms;

WorldShape hostile_shape(std::uint64_t seed) {
    WorldShape shape = five_hosts(seed);
    shape.max_members = kMostMembers;
    return shape;
}

void expect_nobody_let_in(Scenario& scenario) {
    EXPECT_LE(scenario.status(0).members, scenario.world.size());
    EXPECT_TRUE(scenario.world.node(0).registry()->content().enrolled.empty());
    for (std::size_t i = 1; i < scenario.world.size(); ++i) {
        EXPECT_EQ(scenario.status(i).master, World::name_of(0)) << World::name_of(i);
        EXPECT_EQ(scenario.world.reports(i, ReportKind::refused_by_master), 0U);
    }
}

void expect_honest_agree(Scenario& scenario, std::size_t honest) {
    for (std::size_t i = 0; i < honest; ++i) {
        EXPECT_EQ(scenario.status(i).state, NodeState::synchronized)
            << World::name_of(i) << ": " << scenario.status(i).reason;
    }
    const std::set<std::size_t> others =
        honest < scenario.world.size() ? std::set{kInside} : std::set<std::size_t>{};
    EXPECT_LT(spread_now(scenario.world, others), kForgotten);
}

// ---- without keys

void run_outsiders(std::uint64_t seed) {
    Scenario scenario(hostile_shape(seed));
    MemoryBounded memory(kMostMemory);
    scenario.world.watch(memory);
    Dice dice(scenario.world);
    if (dice.chance(0.5))
        scenario.run_to(60);
    OnPath on_path(scenario.world);
    Beside beside(scenario.world);
    scenario.run_to(240);
    on_path.stop();
    beside.stop();
    scenario.run_to(420);
    expect_nobody_let_in(scenario);
    expect_honest_agree(scenario, 5);
}

TEST(Outsiders, on_the_path_and_beside_it_break_no_bound_and_leave_no_trace) {
    for_each_seed(60, run_outsiders);
}

// ---- with a member's keys

void run_inside(std::uint64_t seed) {
    Scenario scenario(hostile_shape(seed));
    scenario.bounds.exempt(kInside);
    scenario.no_step.exempt(kInside);
    scenario.believed.exempt(kInside);
    MemoryBounded memory(kMostMemory);
    scenario.world.watch(memory);
    Dice dice(scenario.world);
    if (dice.chance(0.5))
        scenario.run_to(60);
    InsideMember inside(scenario.world, kInside, InsideMember::any_plan(scenario.world));
    Beside beside(scenario.world);
    scenario.run_to(240);
    EXPECT_LT(spread_now(scenario.world, {kInside}), Duration{1ms});
    inside.stop();
    beside.stop();
    scenario.run_to(420);
    expect_nobody_let_in(scenario);
    expect_honest_agree(scenario, 4);
}

TEST(Inside, a_member_leads_nobody_lets_nobody_in_and_breaks_no_bound) {
    for_each_seed(60, run_inside);
}

// ---- with the master's keys

constexpr double kLearned_s = 700;
constexpr double kLying_s = 1200;
constexpr Duration kSlack = 1ms;  // what is still to be slewed, and the wander of the oscillators

WithinReach reach_of(const DishonestMaster& master, World& world) {
    if (!master.leaps())
        return {world, Belief::kMostApart + kSlack, Belief::kMostRun};
    const double a_day = as_seconds(24h);
    return {world, Belief::kMostApart + Belief::kMostByEpochs + kSlack,
            Belief::kMostRun + as_seconds(Belief::kMostByEpochs) / a_day};
}

// An operator has found out, and starts everything again.
void restart_all(World& world) {
    world.network().heal();
    for (std::size_t i = 0; i < world.size(); ++i)
        world.kill(i);
    for (std::size_t i = 0; i < world.size(); ++i)
        world.start(i);
}

void run_dishonest_master(std::uint64_t seed) {
    World world(hostile_shape(seed));
    DishonestMaster master(world);
    world.run_until(TrueTime{seconds(kLearned_s).count()});
    WithinReach reach = reach_of(master, world);
    MemoryBounded memory(kMostMemory);
    world.watch(reach);
    world.watch(memory);
    master.begin();
    world.run_until(TrueTime{seconds(kLearned_s + kLying_s).count()});
    EXPECT_EQ(world.violations(), std::vector<std::string>{}) << static_cast<int>(master.lie());

    world.unwatch(reach);
    master.stop();
    restart_all(world);
    world.run_until(TrueTime{seconds(kLearned_s + kLying_s + 180).count()});
    for (std::size_t i = 0; i < world.size(); ++i) {
        const NodeStatus status = world.node(i).status(world.moment(i));
        EXPECT_EQ(status.state, NodeState::synchronized)
            << World::name_of(i) << ": " << status.reason;
    }
    EXPECT_LT(spread_now(world), Duration{1ms}) << static_cast<int>(master.lie());
}

TEST(Dishonest, master_moves_nobody_further_than_is_stated_and_locks_nobody_out) {
    for_each_seed(40, run_dishonest_master);
}

}  // namespace
}  // namespace berkeley::sim
