// Moves of cluster time: what a node keeps of them, tells of them, and believes of them.
#include "daemon/core/node/moves.hpp"

#include <gtest/gtest.h>

#include "tests/support/member_bench.hpp"

namespace berkeley {
namespace {

using test::master_settings;
using test::MemberBench;
using test::NodeBench;
using test::PlayedCluster;

constexpr ClusterTime kAt{1'790'000'000'000'000'000};

Move move_of(std::uint64_t term, std::uint64_t epoch, bool decided = false, Duration by = 100s) {
    return {{term, epoch}, kAt, by, MoveWay::step, decided};
}

BoundedLine line_at(ClusterTime cluster) {
    return {{RawTime{5'000'000'000}, cluster, 0}, 1us};
}

// ---- what is kept

TEST(Moves, OneThatIsDecidedIsDueAtItsInstant) {
    Moves moves;
    moves.hear(move_of(3, 2), true);
    const RawTime now{5'000'000'000};
    EXPECT_TRUE(moves.pending(1));
    EXPECT_FALSE(moves.pending(2));
    EXPECT_FALSE(moves.due(line_at(kAt), 1, now)) << "it is not decided";
    EXPECT_FALSE(moves.due_at(line_at(kAt), 1));
    EXPECT_TRUE(moves.hear(move_of(3, 2, true), true));
    EXPECT_FALSE(moves.hear(move_of(3, 2, true), true)) << "no news";
    EXPECT_TRUE(moves.due(line_at(kAt), 1, now));
    EXPECT_FALSE(moves.due(line_at(kAt - 1ns), 1, now));
    EXPECT_FALSE(moves.due(std::nullopt, 1, now)) << "no cluster time";
    EXPECT_FALSE(moves.due(line_at(kAt), 0, now)) << "an epoch was missed";
    EXPECT_GT(*moves.due_at(line_at(kAt - 1s), 1), now + Duration{1s});
    EXPECT_LT(*moves.due_at(line_at(kAt - 1s), 1), now + Duration{1001ms});
    moves.hear(move_of(3, 2, true), false);
    EXPECT_FALSE(moves.due(line_at(kAt), 1, now)) << "it is refused";
}

TEST(Moves, WhatWasDecidedStaysSoInALaterTerm) {
    Moves moves;
    moves.hear(move_of(3, 2, true), true);
    moves.hear(move_of(4, 2, false), true);
    EXPECT_TRUE(moves.known()->decided);
    moves.hear(move_of(5, 2, false, 50s), true);
    EXPECT_FALSE(moves.known()->decided) << "that is another";
}

TEST(Moves, OfTwoTheLaterTermsIsInherited) {
    Moves moves;
    moves.inherit(move_of(5, 3, false, 1s));
    moves.inherit(move_of(4, 3, false, 2s));
    EXPECT_EQ(moves.known()->by, 1s);
    moves.inherit(move_of(6, 3, false, 3s));
    EXPECT_EQ(moves.known()->by, 3s);
    EXPECT_TRUE(moves.inherited());
}

TEST(Moves, OneThatCannotBeSavedIsGivenUpUnlessItWasInherited) {
    Moves moves;
    moves.propose(move_of(3, 2));
    EXPECT_TRUE(moves.stored({3, 1}, false)) << "of another";
    EXPECT_FALSE(moves.saved());
    EXPECT_FALSE(moves.stored({3, 2}, false));
    EXPECT_TRUE(moves.stored({3, 2}, true));
    EXPECT_TRUE(moves.saved());
    moves.inherit(move_of(4, 3));
    EXPECT_FALSE(moves.saved());
    EXPECT_TRUE(moves.stored({4, 3}, false));
    EXPECT_TRUE(moves.saved());
}

TEST(Moves, TheLeadGrowsWithTheMembers) {
    EXPECT_EQ(move_lead(5), 10s);
    EXPECT_EQ(move_lead(9'999), 19s);
}

// ---- a master

class MovingMaster : public testing::Test {
  protected:
    MovingMaster() : cluster(master_settings(5), test::four()) {
        cluster.join_all();
        cluster.bench.pass(60s);
    }

    void move(Duration by, std::optional<MoveWay> way = std::nullopt) {
        cluster.bench.feed(MoveRequested{cluster.bench.now(), {std::nullopt, by, way}});
    }
    std::string why_not(Duration by, std::optional<MoveWay> way = std::nullopt,
                        std::optional<ClusterTime> to = std::nullopt) {
        const MoveWish wish{to, by, way};
        const auto planned = cluster.bench.node().planned_move(wish, cluster.bench.now());
        return planned ? "" : planned.error();
    }

    PlayedCluster cluster;
    NodeBench& bench = cluster.bench;
};

TEST_F(MovingMaster, TellsNobodyBeforeItIsOnDisk) {
    bench.disk = 2s;
    bench.sent.clear();
    move(100s);
    ASSERT_TRUE(bench.status().move);
    bench.pass(1900ms);
    for (const Poll& poll : bench.sent_of<Poll>())
        EXPECT_FALSE(poll.move);
    bench.pass(200ms);
    const auto told = bench.sent_of<Poll>().back().move;
    ASSERT_TRUE(told);
    EXPECT_EQ(told->by, 100s);
    EXPECT_EQ(told->id, (MoveId{1, 2}));
    EXPECT_EQ(bench.node().saved_state(bench.now()).move, told);
}

TEST_F(MovingMaster, GivesUpWhatCannotBeSaved) {
    bench.disk = 1h;
    move(100s);
    bench.feed(StateSaved{bench.now(), 0, false, {1, 2}});
    EXPECT_FALSE(bench.status().move);
    EXPECT_EQ(bench.reported(ReportKind::move_given_up), 1U);
    bench.pass(20s);
    EXPECT_EQ(bench.status().epoch, 1U);
}

TEST_F(MovingMaster, StepsItsOwnClockAtTheInstant) {
    const std::size_t before = bench.steps.size();
    move(100s);
    const SystemTime at{bench.node().saved_state(bench.now()).move->at.ns};
    bench.pass((at - bench.now().system) - Duration{5ms});
    EXPECT_EQ(bench.steps.size(), before);
    bench.pass(10ms);
    ASSERT_EQ(bench.steps.size(), before + 1);
    EXPECT_NEAR(as_seconds(bench.steps.back()), 100, 1e-3);
    EXPECT_EQ(bench.status().epoch, 2U);
    EXPECT_FALSE(bench.sent_of<Poll>().back().move);
}

TEST_F(MovingMaster, SlewsWhereItsPolicyIsNeverToStep) {
    NodeSettings settings = master_settings(5);
    settings.step_policy = StepPolicy::never;
    bench.feed(SettingsChanged{bench.now(), settings});
    const std::size_t before = bench.steps.size();
    move(2s, MoveWay::step);
    bench.pass(15s);
    EXPECT_EQ(bench.steps.size(), before);
    EXPECT_EQ(bench.status().epoch, 2U);
    EXPECT_EQ(bench.status().state, NodeState::synchronizing);
}

TEST_F(MovingMaster, SaysWhyNot) {
    EXPECT_EQ(why_not(1s), "");
    EXPECT_NE(why_not(0s).find("nothing to move"), std::string::npos);
    EXPECT_EQ(why_not(0s, MoveWay::step), "") << "that is 'step --all'";
    EXPECT_NE(why_not(0s, {}, ClusterTime{(std::int64_t{1} << 62) - 1}).find("between 1970"),
              std::string::npos);
    EXPECT_NE(why_not(-Duration{std::int64_t{1} << 60} * 2).find("between 1970"),
              std::string::npos);
    NodeSettings settings = master_settings(5);
    settings.move_limit = 60s;
    bench.feed(SettingsChanged{bench.now(), settings});
    EXPECT_NE(why_not(100s).find("move_limit"), std::string::npos);
    EXPECT_EQ(why_not(10s), "");
}

// Its members may have moved meanwhile.
TEST_F(MovingMaster, CarriesItOutAfterARestart) {
    move(100s);
    bench.pass(1s);
    SavedState saved = bench.node().saved_state(bench.now());
    ASSERT_TRUE(saved.move);
    const SystemTime later = bench.now().system + Duration{30s};
    NodeBench again(master_settings(1), later);
    saved.line = BoundedLine{{again.raw(), ClusterTime{later.ns}, 0}, 1us, 1e-4};
    again.start(saved);
    again.pass(5s);
    EXPECT_EQ(again.status().epoch, 2U) << again.status().reason;
    EXPECT_EQ(again.reported(ReportKind::cluster_formed), 1U);
    ASSERT_EQ(again.steps.size(), 1U);
    EXPECT_NEAR(as_seconds(again.steps[0]), 100, 1e-3);
}

// ---- a member

class MovedMember : public testing::Test {
  protected:
    MovedMember() {
        member.get_in_touch();
        for (int i = 0; i < 5; ++i) {
            member.correct(member.line(0ns));
            member.pass(1s);
        }
    }

    void announce(Duration by, bool decided, Duration in = 5s, MoveId id = {1, 2}) {
        Poll poll = member.next_poll(member.session);
        poll.correction = member.line(0ns);
        poll.move = Move{id, ClusterTime{member.now().system.ns} + in, by, MoveWay::step, decided};
        member.tell(poll);
        member.pass(kAnswersAfter);
    }

    MemberBench member;
};

TEST_F(MovedMember, HoldsWhatIsAnnouncedAndTellsSo) {
    announce(100s, false);
    const auto held = member.last_reply().move;
    ASSERT_TRUE(held);
    EXPECT_TRUE(held->accepted);
    EXPECT_EQ(held->move.by, 100s);
    EXPECT_EQ(member.reported(ReportKind::move_announced), 1U);
    member.pass(6s);
    EXPECT_EQ(member.status().epoch, 1U) << "it was not decided";
    EXPECT_TRUE(member.steps.empty());
}

TEST_F(MovedMember, CarriesItOutWithoutAMaster) {
    announce(100s, true, 10s);
    member.pass(9'900ms);
    EXPECT_EQ(member.status().epoch, 1U);
    EXPECT_EQ(member.status().state, NodeState::holdover) << "nobody has spoken for long";
    member.pass(200ms);
    EXPECT_EQ(member.status().epoch, 2U);
    ASSERT_EQ(member.steps.size(), 1U);
    EXPECT_NEAR(as_seconds(member.steps[0]), 100, 1e-3);
    EXPECT_EQ(member.last_reply().move->move.id.epoch, 2U);
}

TEST_F(MovedMember, ForgetsWhatIsAnnouncedNoMore) {
    announce(100s, false);
    member.correct(member.line(0ns));
    EXPECT_FALSE(member.status().move);
    EXPECT_EQ(member.reported(ReportKind::move_given_up), 1U);
}

TEST_F(MovedMember, IsThereAsSoonAsItsMasterIs) {
    announce(100s, true, 30ms);
    member.epoch = 2;
    member.correct(member.line(100s));
    EXPECT_EQ(member.status().epoch, 2U);
    EXPECT_EQ(member.reported(ReportKind::cluster_time_moved), 1U);
    EXPECT_EQ(member.reported(ReportKind::cluster_time_leapt), 0U);
    // A poll that was under way meanwhile is of the epoch before.
    member.epoch = 1;
    member.correct(member.line(-100s));
    EXPECT_EQ(member.status().state, NodeState::synchronized);
    EXPECT_EQ(member.tracking().dropped.stale_term, 0U);
}

TEST_F(MovedMember, OfAnotherMasterIsALeap) {
    announce(100s, false, 30ms);
    member.pass(1s);
    member.term = 2;
    member.epoch = 2;
    member.correct(member.line(-200s));
    EXPECT_EQ(member.status().epoch, 2U);
    EXPECT_EQ(member.reported(ReportKind::cluster_time_moved), 0U);
    EXPECT_EQ(member.reported(ReportKind::cluster_time_leapt), 1U);
}

TEST_F(MovedMember, BelievesNoMoreThanADaysLeaps) {
    announce(600s, true, 20ms, {1, 2});
    member.pass(20ms);
    ASSERT_EQ(member.status().epoch, 2U);
    member.epoch = 2;
    member.correct(member.line(0ns));
    announce(600s, true, 20ms, {1, 3});
    EXPECT_FALSE(member.last_reply().move->accepted);
    EXPECT_EQ(member.reported(ReportKind::move_refused), 1U);
    member.pass(1s);
    EXPECT_EQ(member.status().epoch, 2U);
    EXPECT_EQ(member.steps.size(), 1U);
    // Its own operator's word is enough, with a master or without.
    ASSERT_EQ(member.node().why_no_step(member.now()), "");
    member.feed(StepRequested{member.now(), member.kernel().read(member.raw())});
    EXPECT_EQ(member.status().epoch, 3U);
    ASSERT_EQ(member.steps.size(), 2U);
    EXPECT_NEAR(as_seconds(member.steps[1]), 600, 1e-2);
}

TEST_F(MovedMember, RefusesAnInstantThatIsFarAway) {
    announce(1s, true, 2h);
    EXPECT_FALSE(member.last_reply().move->accepted);
    EXPECT_TRUE(member.steps.empty());
}

TEST_F(MovedMember, KnowsAnEarlierTimeForGood) {
    announce(-500s, true, 20ms);
    member.pass(1s);
    ASSERT_EQ(member.status().epoch, 2U);
    EXPECT_GE(member.last_reply().system, member.last_reply().floor);
    const SavedState saved = member.node().saved_state(member.now());
    EXPECT_LE(saved.floor, member.now().system);
}

TEST_F(MovedMember, RemembersItOverARestart) {
    announce(100s, true, 10s);
    SavedState saved = member.node().saved_state(member.now());
    ASSERT_TRUE(saved.move);
    MemberBench again(test::bench_settings("m1"), saved);
    EXPECT_TRUE(again.status().move);
}

}  // namespace
}  // namespace berkeley
