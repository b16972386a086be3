// Cluster time is moved by an operator's word: on all nodes at once, or on none, whoever dies.
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "tests/sim/adversary.hpp"
#include "tests/sim/scenario.hpp"
#include "tests/sim/seeds.hpp"

namespace berkeley::sim {
namespace {

constexpr double kAtWork_s = 60;

// Where a node has cluster time, against true time.
std::optional<Duration> cluster_against_truth(World& world, std::size_t host) {
    const Moment now = world.moment(host);
    const ClockStanding standing = world.node(host).clock_standing(now);
    if (!standing.offset)
        return std::nullopt;
    return (now.system - *standing.offset) - (kWorldBegins + Duration{world.now().ns});
}

// No node is moved to and back: once its cluster time has moved, it stays so.
class OneOutcome : public Checker {
  public:
    OneOutcome(World& world, Duration by) : by_(by) {
        for (std::size_t i = 0; i < world.size(); ++i)
            before_[i] = *cluster_against_truth(world, i);
    }

    void after_event(World& world, std::size_t host) override {
        if (!world.running(host))
            return;
        const auto at = cluster_against_truth(world, host);
        if (!at)
            return;
        const Duration moved = *at - before_[host];
        const bool there = std::chrono::abs(moved - by_) < kClose;
        if (!there && std::chrono::abs(moved) > kClose)
            world.violation(fmt::format("{} has cluster time moved by {}", World::name_of(host),
                                        to_text(moved)));
        if (!there && moved_[host])
            world.violation(World::name_of(host) + " has moved cluster time back");
        if (there && !moved_[host])
            when_[host] = world.now();
        moved_[host] = there;
    }

    std::size_t moved() const {
        std::size_t number = 0;
        for (const auto& [host, moved] : moved_)
            number += moved ? 1 : 0;
        return number;
    }
    // Between the first and the last.
    Duration within() const {
        TrueTime first{INT64_MAX};
        TrueTime last{INT64_MIN};
        for (const auto& [host, at] : when_) {
            first = std::min(first, at);
            last = std::max(last, at);
        }
        return last - first;
    }

  private:
    static constexpr Duration kClose = 50ms;
    Duration by_;
    std::map<std::size_t, Duration> before_;
    std::map<std::size_t, bool> moved_;
    std::map<std::size_t, TrueTime> when_;
};

struct Moving : Scenario {
    explicit Moving(const WorldShape& shape) : Scenario(shape) {
        world.watch(one_master);
        for (std::size_t i = 0; i < shape.hosts.size(); ++i)
            no_step.exempt(i);
    }

    double now_s() const { return static_cast<double>(world.now().ns) * 1e-9; }
    void run_on(double for_s) { run_to(now_s() + for_s); }

    Move move(Duration by, std::optional<MoveWay> way = std::nullopt) {
        const auto planned = world.move(*world.master(), {std::nullopt, by, way});
        EXPECT_TRUE(planned) << planned.error();
        return planned.value_or(Move{});
    }

    void expect_all_in_epoch(std::uint64_t epoch) {
        for (std::size_t i = 0; i < world.size(); ++i) {
            if (world.running(i)) {
                EXPECT_EQ(status(i).epoch, epoch) << World::name_of(i) << status(i).reason;
            }
        }
    }

    OneMaster one_master;
};

WorldShape cluster(std::uint64_t seed, std::size_t candidates) {
    WorldShape shape = five_hosts(seed);
    shape.candidates = candidates;
    return shape;
}

class MoveOfSeveral : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Candidates, MoveOfSeveral, testing::Values(1U, 3U));

TEST_P(MoveOfSeveral, all_step_at_one_instant_into_one_epoch) {
    Moving moving(cluster(1, GetParam()));
    moving.run_to(kAtWork_s);
    OneOutcome outcome(moving.world, 300s);
    moving.world.watch(outcome);
    const std::uint64_t steps_before = moving.world.steps(2);
    const Move move = moving.move(300s);
    EXPECT_EQ(move.way, MoveWay::step);
    moving.run_on(2);
    for (std::size_t i = 0; i < moving.world.size(); ++i) {
        const NodeStatus status = moving.status(i);
        ASSERT_TRUE(status.move) << World::name_of(i);
        EXPECT_EQ(status.move->by, 300s);
        EXPECT_FALSE(status.move->decided);
        EXPECT_TRUE(status.move->accepted);
        EXPECT_LT(*status.move->in, Duration{8100ms});
        EXPECT_GT(*status.move->in, Duration{7900ms});
    }
    EXPECT_EQ(moving.status(0).move->known_by, 4U);
    moving.run_on(4);
    EXPECT_TRUE(moving.status(4).move->decided);
    EXPECT_EQ(outcome.moved(), 0U);
    moving.run_on(5);
    EXPECT_EQ(outcome.moved(), 5U);
    EXPECT_LT(outcome.within(), Duration{2ms}) << to_text(outcome.within());
    EXPECT_EQ(moving.world.steps(2), steps_before + 1);
    moving.expect_all_in_epoch(2);
    moving.expect_all_synchronized();
    EXPECT_LT(moving.spread(), Duration{500us}) << to_text(moving.spread());
    for (std::size_t i = 0; i < moving.world.size(); ++i) {
        EXPECT_FALSE(moving.status(i).move);
        EXPECT_EQ(moving.world.reports(i, ReportKind::move_announced), 1U);
        EXPECT_EQ(moving.world.reports(i, ReportKind::cluster_time_moved), 1U);
        EXPECT_EQ(moving.world.reports(i, ReportKind::holdover), 0U);
    }
    moving.run_on(60);
    EXPECT_EQ(moving.status(0).counted, 5U);
    moving.expect_all_synchronized();
}

// The way of a small one is slewing; and bounds hold meanwhile, in both epochs.
TEST_P(MoveOfSeveral, all_slew_together) {
    Moving moving(cluster(2, GetParam()));
    moving.run_to(kAtWork_s);
    std::vector<std::uint64_t> steps;
    for (std::size_t i = 0; i < moving.world.size(); ++i)
        steps.push_back(moving.world.steps(i));
    OneOutcome outcome(moving.world, -300ms);
    moving.world.watch(outcome);
    EXPECT_EQ(moving.move(-300ms).way, MoveWay::slew);
    moving.run_on(15);
    EXPECT_EQ(outcome.moved(), 5U);
    EXPECT_EQ(moving.status(3).state, NodeState::synchronizing);
    EXPECT_LT(moving.spread(), Duration{50ms}) << "they go together";
    moving.run_on(45);
    moving.expect_all_in_epoch(2);
    moving.expect_all_synchronized();
    for (std::size_t i = 0; i < moving.world.size(); ++i)
        EXPECT_EQ(moving.world.steps(i), steps[i]);
}

// 200 seeds with BERKELEYD_SIM_SEEDS=200.
void kill_the_master(std::uint64_t seed, std::size_t candidates, bool comes_back) {
    WorldShape shape = cluster(seed, candidates);
    Random random(seed * 7919);
    std::uniform_real_distribution<double> at_s(0, 12.5);
    std::uniform_real_distribution<double> lasts_s(0.1, 8);
    const MoveWay way = seed % 4 == 0 ? MoveWay::slew : MoveWay::step;
    const Duration by = seed % 2 == 0 ? Duration{-200s} : Duration{200s};
    shape.path.loss = 0.02;
    Moving moving(shape);
    moving.run_to(kAtWork_s);
    OneOutcome outcome(moving.world, by);
    moving.world.watch(outcome);
    moving.move(by, way);
    const std::size_t master = *moving.world.master();
    const double kill_at_s = seed % 5 == 0 ? at_s(random) * 0.02 : at_s(random);
    moving.run_on(kill_at_s);
    moving.world.kill(master);
    moving.run_on(lasts_s(random));
    if (comes_back)
        moving.world.start(master);
    moving.run_on(60);
    const auto next = moving.world.master();
    ASSERT_TRUE(next);
    moving.expect_all_in_epoch(moving.status(*next).epoch);
    const std::size_t running = comes_back ? 5 : 4;
    const std::size_t moved = outcome.moved() - (comes_back ? 0 : outcome.moved() > running);
    EXPECT_TRUE(moved == 0 || moved >= running)
        << moved << " have moved, killed " << kill_at_s << " s after the word";
    for (std::size_t i = 0; i < moving.world.size(); ++i) {
        if (moving.world.running(i)) {
            EXPECT_LT(*moving.status(i).bound - std::chrono::abs(*moving.status(i).offset),
                      Duration{50ms});
            EXPECT_NE(moving.status(i).state, NodeState::holdover) << moving.status(i).reason;
        }
    }
}

TEST(Move, is_agreed_upon_whenever_one_of_three_candidates_dies) {
    for_each_seed(40, [](std::uint64_t seed) { kill_the_master(seed, 3, seed % 3 == 0); });
}

TEST(Move, is_agreed_upon_whenever_one_of_five_candidates_dies) {
    for_each_seed(20, [](std::uint64_t seed) { kill_the_master(seed, 5, seed % 3 == 0); });
}

TEST(Move, is_agreed_upon_whenever_the_only_candidate_dies_and_returns) {
    for_each_seed(40, [](std::uint64_t seed) { kill_the_master(seed, 1, true); });
}

// Of the candidates left, one knows of the move, and the other is elected; it hears of the first
// one late, and would have enough clocks without. A member has moved meanwhile.
TEST(Move, whoever_is_elected_waits_for_those_who_may_know_of_one) {
    Moving moving(cluster(11, 3));
    moving.run_to(kAtWork_s);
    OneOutcome outcome(moving.world, 200s);
    moving.world.watch(outcome);
    const double known_s = kAtWork_s + 16;
    moving.world.on_path = [&moving, known_s](std::size_t from, std::size_t to,
                                              const Datagram& said, std::vector<Duration>& copies) {
        const auto envelope = decode(said);
        if (!envelope)
            return;
        const auto* poll = std::get_if<Poll>(&envelope->message);
        const bool unheard = from == 0 && (to == 2 || to == 3) && poll != nullptr && poll->move;
        const bool stands = from == 1 && std::holds_alternative<VoteWanted>(envelope->message);
        const bool answers = from == 1 && std::holds_alternative<Reply>(envelope->message);
        if (unheard || stands || (answers && to == 2 && moving.now_s() < known_s))
            copies.clear();
    };
    moving.move(200s);
    moving.run_on(7);
    ASSERT_TRUE(moving.status(4).move && moving.status(4).move->decided);
    EXPECT_FALSE(moving.status(2).move);
    moving.world.kill(0);
    moving.run_to(known_s - 0.1);
    EXPECT_EQ(moving.world.master(), 2U);
    EXPECT_EQ(moving.status(4).epoch, 2U) << "it knew that it was decided";
    EXPECT_EQ(moving.status(3).epoch, 1U);
    moving.run_on(30);
    moving.expect_all_in_epoch(2);
    EXPECT_EQ(outcome.moved(), 4U);
}

// The master is measured anew, and goes on by what its members tell; or another is elected.
TEST_P(MoveOfSeveral, is_agreed_upon_though_the_masters_raw_clock_breaks) {
    for_each_seed(20, [](std::uint64_t seed) {
        Moving moving(cluster(seed, GetParam()));
        Random random(seed);
        std::uniform_real_distribution<double> at_s(0, 12);
        moving.run_to(kAtWork_s);
        OneOutcome outcome(moving.world, 200s);
        moving.world.watch(outcome);
        moving.move(200s);
        moving.run_on(at_s(random));
        moving.world.break_raw_clock(*moving.world.master(), 3600s, "suspend");
        moving.run_on(60);
        ASSERT_TRUE(moving.world.master());
        moving.expect_all_in_epoch(moving.status(*moving.world.master()).epoch);
        EXPECT_TRUE(outcome.moved() == 0 || outcome.moved() == 5) << outcome.moved();
    });
}

TEST(Move, who_was_away_comes_after) {
    Moving moving(cluster(3, 3));
    moving.run_to(kAtWork_s);
    OneOutcome outcome(moving.world, 300s);
    moving.world.watch(outcome);
    moving.world.network().cut(
        [](std::size_t from, std::size_t to) { return (from == 4) != (to == 4); });
    moving.move(300s);
    moving.run_on(15);
    EXPECT_EQ(outcome.moved(), 4U);
    EXPECT_EQ(moving.status(4).epoch, 1U);
    EXPECT_EQ(moving.status(4).state, NodeState::holdover);
    moving.world.network().heal();
    moving.run_on(10);
    moving.expect_all_in_epoch(2);
    moving.expect_all_synchronized();
    EXPECT_EQ(moving.world.reports(4, ReportKind::cluster_time_leapt), 1U);
}

// It may be earlier than all that the clocks have read: they count all the same, also at a start.
TEST(Move, back_by_a_day_outlasts_a_restart_of_all) {
    Moving moving(cluster(4, 1));
    moving.run_to(kAtWork_s);
    for (std::size_t i = 1; i < moving.world.size(); ++i)
        moving.believed.exempt(i);
    moving.move(-86'400s, MoveWay::step);
    moving.run_on(14);
    for (std::size_t i = 1; i < moving.world.size(); ++i)
        moving.world.step(i);
    moving.run_on(10);
    moving.expect_all_in_epoch(2);
    moving.expect_all_synchronized();
    for (std::size_t i = 0; i < moving.world.size(); ++i)
        moving.world.stop(i);
    moving.run_on(5);
    for (std::size_t i = 0; i < moving.world.size(); ++i)
        moving.world.start(i);
    moving.run_on(90);
    moving.expect_all_synchronized();
    EXPECT_EQ(moving.status(0).counted, 5U);
    EXPECT_NEAR(as_seconds(*cluster_against_truth(moving.world, 3)), -86'400, 1);
}

TEST(Move, beyond_a_days_leaps_waits_for_the_word_of_each_operator) {
    Moving moving(cluster(5, 3));
    moving.run_to(kAtWork_s);
    for (std::size_t i = 1; i < moving.world.size(); ++i)
        moving.believed.exempt(i);
    moving.move(3600s);
    moving.run_on(2);
    EXPECT_EQ(moving.status(0).move->refused_by, 4U);
    EXPECT_FALSE(moving.status(3).move->accepted);
    EXPECT_EQ(moving.world.reports(3, ReportKind::move_refused), 1U);
    moving.run_on(20);
    EXPECT_EQ(moving.status(0).epoch, 2U);
    const NodeStatus refusing = moving.status(3);
    EXPECT_EQ(refusing.epoch, 1U);
    EXPECT_EQ(refusing.state, NodeState::holdover);
    EXPECT_NE(refusing.advice.find("'berkeleyctl step' here follows it"), std::string::npos)
        << refusing.advice;
    EXPECT_EQ(moving.world.node(3).why_no_step(moving.world.moment(3)), "");
    for (std::size_t i = 1; i < moving.world.size(); ++i)
        moving.world.step(i);
    moving.run_on(5);
    moving.expect_all_in_epoch(2);
    moving.expect_all_synchronized();
    EXPECT_NEAR(as_seconds(*cluster_against_truth(moving.world, 3)), 3600, 1);
}

TEST(Move, is_called_off_until_it_is_decided) {
    Moving moving(cluster(6, 3));
    moving.run_to(kAtWork_s);
    OneOutcome outcome(moving.world, 100s);
    moving.world.watch(outcome);
    moving.move(100s);
    const auto second = moving.world.move(0, {std::nullopt, 50s, {}});
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("a move by +100.000 s is to come"), std::string::npos)
        << second.error();
    moving.run_on(3);
    moving.world.recall_move(0);
    moving.run_on(20);
    EXPECT_EQ(outcome.moved(), 0U);
    moving.expect_all_in_epoch(1);
    for (std::size_t i = 0; i < moving.world.size(); ++i) {
        EXPECT_FALSE(moving.status(i).move);
        EXPECT_EQ(moving.world.reports(i, ReportKind::move_given_up), 1U);
    }
    moving.move(100s);
    moving.run_on(7);
    EXPECT_NE(moving.world.node(0).why_no_recall(moving.world.moment(0)).find("too late"),
              std::string::npos);
    moving.world.recall_move(0);
    moving.run_on(8);
    EXPECT_EQ(outcome.moved(), 5U);
}

TEST(Move, is_given_up_if_too_few_candidates_hear_of_it) {
    Moving moving(cluster(7, 3));
    moving.run_to(kAtWork_s);
    OneOutcome outcome(moving.world, 100s);
    moving.world.watch(outcome);
    // What a master says with a move does not reach the other candidates; all else does.
    moving.world.on_path = [](std::size_t from, std::size_t to, const Datagram& said,
                              std::vector<Duration>& copies) {
        const auto envelope = decode(said);
        const auto* poll = envelope ? std::get_if<Poll>(&envelope->message) : nullptr;
        if (from == 0 && (to == 1 || to == 2) && poll != nullptr && poll->move)
            copies.clear();
    };
    moving.move(100s);
    moving.run_on(1);
    moving.run_on(30);
    EXPECT_EQ(outcome.moved(), 0U);
    moving.expect_all_in_epoch(1);
}

// A move by nothing: those clocks that are still on their way are put on cluster time.
TEST(Move, by_nothing_steps_those_that_are_still_slewed) {
    Moving moving(cluster(8, 3));
    moving.run_to(kAtWork_s);
    moving.move(400ms, MoveWay::slew);
    moving.run_on(12);
    EXPECT_EQ(moving.status(3).state, NodeState::synchronizing);
    moving.move(0ns, MoveWay::step);
    moving.run_on(11);
    moving.expect_all_in_epoch(3);
    moving.expect_all_synchronized();
    EXPECT_LT(moving.spread(), Duration{1ms});
}

// By announcing moves it comes no further than by other leaps.
TEST(Move, a_dishonest_master_moves_nobody_by_more_than_a_days_leaps) {
    Moving moving(cluster(9, 1));
    moving.run_to(700);
    for (std::size_t i = 0; i < moving.world.size(); ++i) {
        moving.believed.exempt(i);
        moving.bounds.exempt(i);
    }
    WithinReach reach(moving.world, Duration{1000s} + 500ms, 1e-3 + 1000.0 / 86'400);
    moving.world.watch(reach);
    std::map<std::size_t, std::uint64_t> epochs;
    moving.world.corrupt = [&epochs](std::size_t from, std::size_t to, Envelope& envelope) {
        auto* poll = std::get_if<Poll>(&envelope.message);
        if (from != 0 || poll == nullptr || !poll->correction)
            return false;
        const std::uint64_t epoch = std::max<std::uint64_t>(++epochs[to], 1);
        envelope.header.epoch = epoch;
        poll->move = Move{{envelope.header.term, epoch + 1},
                          poll->correction->line.cluster_at_anchor,
                          90s,
                          MoveWay::step,
                          true};
        return true;
    };
    moving.run_on(600);
    EXPECT_GT(reach.furthest(), Duration{80s}) << "the attack does something";
    fmt::print("a dishonest master moves a member by {} in 10 min\n", to_text(reach.furthest()));
    moving.world.corrupt = nullptr;
}

TEST(Forming, by_the_operators_word_with_those_that_are_here) {
    WorldShape shape = cluster(10, 1);
    for (std::size_t i = 2; i < shape.hosts.size(); ++i)
        shape.hosts[i].starts = TrueTime{seconds(60).count()};
    Moving moving(shape);
    moving.run_to(20);
    EXPECT_EQ(moving.status(0).epoch, 0U);
    EXPECT_NE(moving.world.node(1).why_no_forming(moving.world.moment(1)).find("on node1"),
              std::string::npos);
    EXPECT_EQ(moving.world.node(0).why_no_forming(moving.world.moment(0)), "");
    moving.world.form(0);
    moving.run_on(2);
    EXPECT_EQ(moving.status(0).epoch, 1U);
    EXPECT_EQ(moving.world.reports(0, ReportKind::formed_by_operator), 1U);
    EXPECT_NE(moving.world.node(0).why_no_forming(moving.world.moment(0)).find("already"),
              std::string::npos);
    moving.run_to(180);
    moving.expect_all_in_epoch(1);
    moving.expect_all_synchronized();
    EXPECT_EQ(moving.status(0).counted, 5U);
}

}  // namespace
}  // namespace berkeley::sim
