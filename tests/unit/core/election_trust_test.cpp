// A candidate that finds its master contradicting itself.
#include "tests/unit/core/election_bench.hpp"

namespace berkeley {
namespace {

using test::ElectionBench;
using test::kA;
using test::kB;
using test::kC;
using test::kTiming;
using test::wants;

// B has voted for A in term 6, and is convinced.
class Convinced : public testing::Test {
  protected:
    Convinced() {
        b.hear(kA, wants(6, true));
        b.written();
        b.handle(PollHeard{b.now, kA, 6});
        b.now = b.now + 100ms;
        b.handle(TrustWithdrawn{b.now, kA, 1h});
        b.actions.clear();
    }
    VoteAnswer answer_to(NodeId from, const VoteWanted& wanted) {
        b.actions.clear();
        b.hear(from, wanted);
        if (!b->state().written)
            b.written();
        return b.said<VoteAnswer>(from).at(0);
    }

    ElectionBench b;
};

TEST_F(Convinced, ItKeepsThePromiseThatItGave) {
    EXPECT_EQ(b->state().promise_until, b.now - 100ms + kTiming.promise);
    EXPECT_FALSE(answer_to(kC, wants(7, true)).granted);
    b.now = b->state().promise_until;
    EXPECT_TRUE(answer_to(kC, wants(7, true)).granted);
}

TEST_F(Convinced, ItRenewsNoPromiseAndSpeaksOfNone) {
    const SteadyTime until = b->state().promise_until;
    b.now = b.now + 1s;
    b.handle(PollHeard{b.now, kA, 6});
    EXPECT_EQ(b->state().promise_until, until);
    EXPECT_FALSE(b->promises(kA, 6));
    EXPECT_TRUE(b->distrusts(kA));
    EXPECT_FALSE(b->distrusts(kC));
    EXPECT_EQ(b->testimony(), std::nullopt) << "nobody is to follow A on its word";
    EXPECT_FALSE(answer_to(kA, wants(6, true)).granted);
    EXPECT_EQ(b->state().promise_until, until);
}

TEST_F(Convinced, ItVotesForThatOneInNoTermForAnHour) {
    const SteadyTime convinced = b.now;
    b.now = convinced + 30min;
    EXPECT_FALSE(answer_to(kA, wants(9, false)).granted);
    EXPECT_FALSE(answer_to(kA, wants(9, true)).granted);
    b.now = convinced + 1h;
    EXPECT_TRUE(answer_to(kA, wants(9, true)).granted);
}

TEST_F(Convinced, ItStandsWhenItsPromiseHasEnded) {
    b.timer();
    EXPECT_GE(b.now, b->state().promise_until);
    EXPECT_EQ(b->state().phase, ElectionPhase::canvassing);
    b.grant(kC, false);
    b.written();
    b.grant(kC, true);
    EXPECT_TRUE(b->leads(b.now));
}

// Its disk was slow: the vote is given, and not told any more.
TEST(Distrust, BeforeTheVoteIsOnDiskKeepsItFromBeingTold) {
    ElectionBench b;
    b.hear(kA, wants(6, true));
    b.handle(TrustWithdrawn{b.now, kA, 1h});
    b.written();
    EXPECT_TRUE(b.said<VoteAnswer>(kA).empty());
    EXPECT_FALSE(b->promises(kA, 6));
}

TEST(Distrust, OfItselfOrOfNobodyMeansNothing) {
    ElectionBench b;
    b.handle(TrustWithdrawn{b.now, kB, 1h});
    b.handle(TrustWithdrawn{b.now, test::kStranger, 1h});
    EXPECT_FALSE(b->state().distrusted.has_value());
}

}  // namespace
}  // namespace berkeley
