// A master whose candidates change while it leads.
#include <gtest/gtest.h>

#include "daemon/core/election/election.hpp"

namespace berkeley {
namespace {

constexpr NodeId kA{1}, kB{2}, kC{3}, kD{4};
constexpr SteadyTime kStart{1'000'000'000'000};
constexpr ElectionTiming kTiming = election_timing(1s);

Electorate of(std::initializer_list<NodeId> ids) {
    return Electorate(std::vector<NodeId>(ids));
}

class AMasterOfThree : public testing::Test {
  protected:
    // It leads by the votes of b and c, or of b alone.
    void lead(bool by_both) {
        a.handle(ElectionBegins{now, {1, kA, kTiming.promise}, Fitness::fit});
        a.handle(ElectionTimer{now});
        const Term term = a.state().campaign_term;
        vote(kB, term, false);
        a.handle(MemoryWritten{now, term, true});
        vote(kB, term, true);
        if (by_both)
            vote(kC, term, true);
        ASSERT_TRUE(a.leads(now));
    }

    void vote(NodeId who, Term term, bool binding) {
        a.handle(ElectionHeard{
            now, who, VoteAnswer{term, binding, now, true, binding ? term : 0, Fitness::fit}});
    }

    Election::Newcomer newcomer(SteadyTime asked_at) const {
        return {kD, {asked_at, Fitness::fit}};
    }

    SteadyTime now = kStart;
    Election a{of({kA, kB, kC}), kA, kTiming};
};

TEST_F(AMasterOfThree, LeadsOnByAMajorityOfFour) {
    lead(true);
    const Electorate four = of({kA, kB, kC, kD});
    EXPECT_TRUE(a.leads_by(four, std::nullopt, now));
    const Term term = a.term();
    a.take_up(four, std::nullopt);
    EXPECT_TRUE(a.leads(now));
    EXPECT_EQ(a.term(), term);
    EXPECT_FALSE(a.leads(now + kTiming.promise)) << "the votes are as old as they are";
}

TEST_F(AMasterOfThree, NeedsTheNewcomerWhereOneIsDead) {
    lead(false);
    const Electorate four = of({kA, kB, kC, kD});
    EXPECT_FALSE(a.leads_by(four, std::nullopt, now));
    EXPECT_FALSE(a.leads_by(four, newcomer(now - kTiming.promise), now)) << "long ago";
    EXPECT_TRUE(a.leads_by(four, newcomer(now), now));
    EXPECT_FALSE(a.leads_by(four, Election::Newcomer{NodeId{9}, {now, Fitness::fit}}, now));
    a.take_up(four, newcomer(now));
    EXPECT_TRUE(a.leads(now));
}

TEST_F(AMasterOfThree, LosesWhoIsRetiredAndWhatHeVoted) {
    lead(false);
    EXPECT_FALSE(a.leads_by(of({kA, kC}), std::nullopt, now)) << "b alone stood by it";
    EXPECT_TRUE(a.leads_by(of({kA, kB}), std::nullopt, now));
    a.take_up(of({kA, kB}), std::nullopt);
    EXPECT_TRUE(a.leads(now));
    a.handle(ElectionHeard{now, kC, VoteWanted{9, true, now, kTiming.promise, Fitness::fit}});
    EXPECT_TRUE(a.leads(now)) << "c is nobody any more";
}

TEST_F(AMasterOfThree, DoesNotLeadOnAloneOrWhereItIsNone) {
    lead(true);
    EXPECT_FALSE(a.leads_by(of({kA}), std::nullopt, now));
    EXPECT_FALSE(a.leads_by(of({kB, kC}), std::nullopt, now));
}

// By rank: who is ranked behind the retired one is ranked before.
TEST_F(AMasterOfThree, KnowsWhoIsWhoByTheNewRanks) {
    Election c{of({kA, kB, kC}), kC, kTiming};
    c.handle(ElectionBegins{now, {1, kC, kTiming.promise}, Fitness::fit});
    c.handle(ElectionTimer{now + kTiming.promise});
    now = now + kTiming.promise;
    const Term term = c.state().campaign_term;
    const auto vote_of_b = [&](bool binding) {
        c.handle(ElectionHeard{
            now, kB, VoteAnswer{term, binding, now, true, binding ? term : 0, Fitness::fit}});
    };
    vote_of_b(false);
    c.handle(MemoryWritten{now, term, true});
    vote_of_b(true);
    ASSERT_TRUE(c.leads(now));
    c.take_up(of({kB, kC}), std::nullopt);
    EXPECT_TRUE(c.leads(now));
    EXPECT_EQ(c.successor(kB, now), kB);
}

TEST_F(AMasterOfThree, HeedsWhoOutvotedItNoSoonerForANewRank) {
    lead(true);
    a.handle(PollAnswered{now, kC, now, a.term() + 1, false, Fitness::fit});
    ASSERT_FALSE(a.state().outvotings.heeds(2, now));
    a.take_up(of({kC, kA, kB}), {});
    EXPECT_FALSE(a.state().outvotings.heeds(0, now));
    EXPECT_TRUE(a.state().outvotings.heeds(2, now));
}

}  // namespace
}  // namespace berkeley
