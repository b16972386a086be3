// One of three candidates, the other two played by hand; and a member of theirs.
#include <gtest/gtest.h>

#include "daemon/core/node/following.hpp"
#include "tests/support/three_bench.hpp"

namespace berkeley {
namespace {

using test::endpoint;
using test::ThreeBench;
using test::voted;

Join join_of(std::string_view name, Session session) {
    Join join;
    join.session = session;
    join.oscillator = 1;
    join.name = *NodeName::from(name);
    return join;
}

VoteWanted wanted(const ThreeBench& bench, Term term) {
    return {term, true, SteadyTime{bench.raw().ns}, 3500ms, Fitness::fit};
}

TEST(Candidate, SaysNothingOfAVoteBeforeItIsOnDisk) {
    ThreeBench bench("a", voted(4, "a"));
    bench.disk = 1s;
    bench.tell("b", wanted(bench, 5));
    EXPECT_TRUE(bench.sent_to<VoteAnswer>("b").empty());
    EXPECT_EQ(bench.node().saved_state(bench.now()).election.term, 5U) << "it is being written";
    bench.tell("c", join_of("c", 1));
    ASSERT_EQ(bench.sent_to<Direction>("c").size(), 0U);
    bench.pass(1001ms);
    ASSERT_EQ(bench.sent_to<VoteAnswer>("b").size(), 1U);
    EXPECT_TRUE(bench.sent_to<VoteAnswer>("b")[0].granted);
    EXPECT_EQ(bench.sent_to<VoteAnswer>("b")[0].known, 5U);
    bench.tell("c", join_of("c", 2));
    ASSERT_EQ(bench.sent_to<Direction>("c").size(), 1U);
    EXPECT_EQ(bench.sent_to<Direction>("c")[0].session, 2U);
    EXPECT_EQ(bench.sent_to<Direction>("c")[0].testimony, (Testimony{5, id_of("b")}));
}

TEST(Candidate, WhoseVotesCannotBeSavedDoesNotVoteAndSaysSo) {
    ThreeBench bench("a", voted(4, "a"));
    bench.disk = 1h;
    bench.tell("b", wanted(bench, 5));
    bench.feed(StateSaved{bench.now(), 5, false});
    EXPECT_TRUE(bench.sent_to<VoteAnswer>("b").empty());
    EXPECT_NE(bench.status().reason.find("votes of this candidate cannot be saved"),
              std::string::npos)
        << bench.status().reason;
}

TEST(Candidate, TellsAStrangerWhomItVotedForOnceItHasShownWhoItIs) {
    ThreeBench bench("a", voted(4, "b"));
    Join join = join_of("m1", 7);
    join.certificate = test::certificate_for("m1", "c");
    bench.receive(join, "m1", endpoint(9));
    ASSERT_EQ(bench.sent_to<Retry>("m1").size(), 1U);
    ASSERT_EQ(bench.sent_to<Direction>("m1").size(), 1U);
    EXPECT_EQ(bench.sent_to<Direction>("m1")[0].testimony, (Testimony{4, id_of("b")}));
    join.session = 8;
    join.certificate = test::certificate_for("m1", "stranger");
    bench.receive(join, "m1", endpoint(9));
    EXPECT_EQ(bench.sent_to<Direction>("m1").size(), 1U);
    EXPECT_EQ(bench.sent_to<Refusal>("m1").size(), 1U);
}

TEST(Candidate, ThatIsElectedLeadsAsLongAsItIsAnswered) {
    ThreeBench bench("a", voted(4, "a"));
    bench.elect();
    EXPECT_EQ(bench.status().term, 5U);
    EXPECT_EQ(bench.reported(ReportKind::elected), 1U);
    bench.sent.clear();
    bench.tell("b", join_of("b", 3));
    const auto polls = bench.sent_to<Poll>("b");
    ASSERT_EQ(polls.size(), 1U);
    // Nobody answers any more.
    bench.pass(4s);
    EXPECT_EQ(bench.status().role, Role::member);
    EXPECT_EQ(bench.reported(ReportKind::leads_no_more), 1U);
    EXPECT_FALSE(bench.node().clock_standing(bench.now()).leads);
}

// It may be killed before it has formed cluster time, and is to hold over then as it did before.
TEST(Candidate, ThatIsElectedStillKeepsTheLineThatItHeld) {
    SavedState saved = voted(4, "a");
    const RawTime raw = ThreeBench("a").raw();
    saved.epoch = 3;
    saved.line = BoundedLine{{raw - 1s, ClusterTime{test::kBenchStart.ns}, 0}, 1ms, 1e-4, 1us};
    ThreeBench bench("a", saved);
    ASSERT_TRUE(bench.node().saved_state(bench.now()).line.has_value());
    bench.elect();
    EXPECT_TRUE(bench.node().saved_state(bench.now()).line.has_value());
    EXPECT_TRUE(bench.on_disk.line.has_value());
}

// A machine that was stopped for a while does not know it: the next thing that happens is anything.
TEST(Candidate, ThatWasPausedSaysNothingAsMasterAnyMore) {
    ThreeBench bench("a", voted(4, "a"));
    bench.elect();
    bench.sent.clear();
    bench.drop_timers = true;
    bench.pass(30s);
    bench.tell("b", join_of("b", 3));
    EXPECT_TRUE(bench.sent_to<Poll>("b").empty());
    EXPECT_EQ(bench.status().role, Role::member);
}

// The others have a master of its name; or it was their master until a moment ago.
TEST(Candidate, WhomTheOthersStandByAndWhoDoesNotLeadIsTold) {
    ThreeBench bench("a", voted(4, "a"));
    const auto direct = [&bench](Term term, std::string_view to) {
        bench.pass(1ms);
        for (const char* each : {"b", "c"})
            bench.tell(each,
                       Direction{bench.sent_to<Join>(each).back().session, {term, id_of(to)}});
    };
    direct(4, "a");
    EXPECT_NE(bench.status().reason.find("b, c stand by this node as the master, and it does not "
                                         "lead: it was restarted a moment ago, or another machine "
                                         "has its key, and leads"),
              std::string::npos)
        << bench.status().reason;
    bench.pass(100ms);
    direct(5, "b");
    EXPECT_EQ(bench.status().reason.find("another machine"), std::string::npos)
        << bench.status().reason;
}

// ---- following

Poll poll_of(Session session, Sequence sequence, const ThreeBench& bench) {
    Poll poll;
    poll.session = session;
    poll.reign = 77;
    poll.sequence = sequence;
    poll.next_poll = 1s;
    poll.correction =
        BoundedLine{{bench.raw(), ClusterTime{test::kBenchStart.ns}, 0}, 100us, 120 * kPpm, 1us};
    return poll;
}

TEST(MemberOfThree, FollowsWhomAMajorityConfirms) {
    ThreeBench bench("m1");
    bench.pass(1ms);
    ASSERT_EQ(bench.sent_to<Join>("a").size(), 1U);
    const Session to_a = bench.sent_to<Join>("a")[0].session;
    const Session to_b = bench.sent_to<Join>("b")[0].session;
    EXPECT_NE(to_a, to_b);
    // On his own word he is answered, and not believed.
    bench.tell("a", poll_of(to_a, 1, bench), 6, 1);
    bench.pass(kAnswersAfter);
    EXPECT_EQ(bench.sent_to<Reply>("a").size(), 1U);
    EXPECT_EQ(bench.status().master, std::nullopt);
    EXPECT_EQ(bench.tracking().corrections, 0U);
    EXPECT_EQ(bench.status().term, 0U);
    EXPECT_NE(bench.status().reason.find("a says that it is the master"), std::string::npos)
        << bench.status().reason;
    // Of another session, of another master, of another term: no confirmation.
    bench.tell("b", Direction{to_a, {6, id_of("a")}});
    bench.pass(1s);
    const Session again = bench.sent_to<Join>("b").back().session;
    EXPECT_NE(again, to_b);
    bench.tell("b", Direction{again, {5, id_of("a")}});
    bench.tell("a", poll_of(to_a, 2, bench), 6, 1);
    EXPECT_EQ(bench.status().master, std::nullopt);
    bench.pass(1s);
    bench.tell("b", Direction{bench.sent_to<Join>("b").back().session, {6, id_of("a")}});
    bench.tell("a", poll_of(to_a, 3, bench), 6, 1);
    EXPECT_EQ(bench.status().master, "a");
    EXPECT_EQ(bench.status().term, 6U);
    EXPECT_EQ(bench.tracking().corrections, 1U);
    // Now it asks nobody any more.
    bench.sent.clear();
    for (Sequence sequence = 4; sequence < 20; ++sequence) {
        bench.pass(1s);
        bench.tell("a", poll_of(to_a, sequence, bench), 6, 1);
    }
    EXPECT_TRUE(bench.sent_of<Join>().empty());
}

TEST(MemberOfThree, FollowsNoOtherInTheSameTermAndNobodyInAnEarlierOne) {
    ThreeBench bench("m1");
    bench.pass(1ms);
    const Session to_a = bench.sent_to<Join>("a")[0].session;
    bench.tell("b", Direction{bench.sent_to<Join>("b")[0].session, {6, id_of("a")}});
    bench.tell("a", poll_of(to_a, 1, bench), 6, 1);
    ASSERT_EQ(bench.status().master, "a");
    bench.pass(5s);  // a falls silent, and c says that it is master
    EXPECT_EQ(bench.status().master, std::nullopt);
    EXPECT_EQ(bench.status().state, NodeState::holdover);
    for (const Term term : {6U, 5U}) {
        bench.tell("b", Direction{bench.sent_to<Join>("b").back().session, {term, id_of("c")}});
        const Session to_c = bench.sent_to<Join>("c").back().session;
        bench.tell("c", poll_of(to_c, 1, bench), term, 1);
        EXPECT_EQ(bench.status().master, std::nullopt) << term;
        bench.pass(4s);
    }
    bench.tell("b", Direction{bench.sent_to<Join>("b").back().session, {7, id_of("c")}});
    bench.tell("c", poll_of(bench.sent_to<Join>("c").back().session, 1, bench), 7, 1);
    EXPECT_EQ(bench.status().master, "c");
    EXPECT_EQ(bench.status().term, 7U);
}

}  // namespace
}  // namespace berkeley
