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
// limits of verifications take, whose certificates were found good, and the actions of one event.
constexpr std::int64_t kMostMemory = 72 * 1024;

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
    EXPECT_EQ(scenario.world.reports(0, ReportKind::member_on_two_machines), 0U);
    expect_honest_agree(scenario, 5);
}

TEST(Outsiders, on_the_path_and_beside_it_break_no_bound_and_leave_no_trace) {
    for_each_seed(30, run_outsiders);
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
    for_each_seed(30, run_inside);
}

// How far the others are moved by it: beside the same seed in which it keeps to the truth. There is
// no jitter: what remains is its doing, not that of other delays.
using Clocks = std::vector<SystemTime>;

std::vector<Clocks> clocks_of_an_hour(World& world, double from_s) {
    std::vector<Clocks> minutes;
    for (int minute = 0; minute <= 60; ++minute) {
        world.run_until(TrueTime{seconds(from_s + 60 * minute).count()});
        Clocks& clocks = minutes.emplace_back();
        for (std::size_t i = 0; i < kInside; ++i)
            clocks.push_back(world.system_time(i));
    }
    return minutes;
}

Duration furthest_apart(const std::vector<Clocks>& one, const std::vector<Clocks>& other) {
    Duration furthest{0};
    for (std::size_t minute = 0; minute < one.size(); ++minute) {
        for (std::size_t i = 0; i < kInside; ++i) {
            const Duration apart = one[minute][i] - other[minute][i];
            furthest = std::max(furthest, Duration{std::abs(apart.count())});
        }
    }
    return furthest;
}

WorldShape without_jitter(std::uint64_t seed) {
    WorldShape shape = five_hosts(seed);
    shape.path.mean_jitter = 0ns;
    return shape;
}

Duration moved_by(std::uint64_t seed, const InsideMember::Plan& plan,
                  const std::vector<Clocks>& honest) {
    constexpr double kFrom_s = 300;
    World world(without_jitter(seed));
    world.run_until(TrueTime{seconds(kFrom_s).count()});
    InsideMember inside(world, kInside, plan);
    return furthest_apart(clocks_of_an_hour(world, kFrom_s), honest);
}

// One vote of five is worth what the clocks next to the median differ by: their wander, which is
// 1e-9 per root second here. 86 µs are seen; what it reads, claims and counts moves nobody.
TEST(Inside, a_lying_member_of_five_moves_the_others_by_less_than_150_us_in_an_hour) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        World world(without_jitter(seed));
        world.run_until(TrueTime{seconds(300).count()});
        const auto honest = clocks_of_an_hour(world, 300);
        for (std::size_t lie = 1; lie < InsideMember::kLies; ++lie) {
            const InsideMember::Plan plan{.lie = static_cast<InsideMember::Lie>(lie),
                                          .by = seed == 1 ? Duration{1h} : Duration{-5ms},
                                          .rate = (seed == 1 ? 50 : -50) * kPpm};
            const Duration moved = moved_by(seed, plan, honest);
            EXPECT_LT(moved, Duration{150us}) << "lie " << lie << ", seed " << seed;
        }
    }
}

// Off by less than 20 ms it is counted, and moves the mean of five by a fifth of that.
TEST(Inside, a_lying_member_of_five_moves_what_is_formed_by_less_than_5_ms) {
    Duration furthest{0};
    for (const Duration by : {5ms, 19ms, 21ms, 23ms, 100ms, -20ms, -3600'000ms}) {
        WorldShape shape = without_jitter(5);
        for (std::size_t i = 0; i < 5; ++i)
            shape.hosts[i].start_offset = 250us * static_cast<int>(i);
        World honest(shape);
        shape.hosts[kInside].start_offset += by;
        World lied_to(shape);
        for (World* world : {&honest, &lied_to})
            world->run_until(TrueTime{seconds(60).count()});
        for (std::size_t i = 0; i < kInside; ++i) {
            const Duration moved = lied_to.system_time(i) - honest.system_time(i);
            furthest = std::max(furthest, Duration{std::abs(moved.count())});
        }
    }
    EXPECT_LT(furthest, Duration{5ms});
    EXPECT_GT(furthest, Duration{3ms});  // it was counted
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

// They may still have a long way to slew.
void expect_one_cluster_time(World& world) {
    std::vector<SystemTime> known;
    for (std::size_t i = 0; i < world.size(); ++i) {
        const Moment now = world.moment(i);
        const Tracking tracking = world.node(i).tracking(now);
        ASSERT_TRUE(tracking.correction_age.has_value()) << World::name_of(i);
        EXPECT_LT(*tracking.correction_age, Duration{5s})
            << World::name_of(i) << ": " << world.node(i).status(now).reason;
        known.push_back(now.system - *world.node(i).clock_standing(now).offset);
    }
    const auto [low, high] = std::minmax_element(known.begin(), known.end());
    EXPECT_LT(*high - *low, Duration{1ms});
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
    world.run_until(TrueTime{seconds(kLearned_s + kLying_s + 60).count()});
    expect_one_cluster_time(world);
}

TEST(Dishonest, master_moves_nobody_further_than_is_stated_and_locks_nobody_out) {
    for_each_seed(30, run_dishonest_master);
}

}  // namespace
}  // namespace berkeley::sim
