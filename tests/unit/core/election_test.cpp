#include "daemon/core/election/election.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/election_bench.hpp"

namespace berkeley {
namespace {

using namespace test;

// ---- timing

TEST(ElectionTiming, FollowsThePollInterval) {
    EXPECT_EQ(election_timing(1s).promise, Duration{3500ms});
    EXPECT_EQ(election_timing(10s).promise, Duration{35s});
    EXPECT_EQ(election_timing(50ms).promise, Duration{1s});
    EXPECT_EQ(election_timing(24h).promise, kLongestPromise);
    EXPECT_EQ(election_timing(1s).stagger, Duration{250ms});
    EXPECT_EQ(election_timing(24h).stagger, Duration{250ms}) << "it is for round trips and disks";
    EXPECT_GE(election_timing(50ms).stagger, Duration{50ms});
}

// Each clock may be off by 550 ppm.
TEST(ElectionTiming, ALeaseEndsBeforeThePromiseUnderIt) {
    for (const Duration promise : {Duration{1s}, Duration{3500ms}, Duration{5min}}) {
        const double lease_by_a_slow_clock =
            static_cast<double>(lease_under(promise).count()) / (1 - 550e-6);
        const double promise_by_a_fast_clock = static_cast<double>(promise.count()) / (1 + 550e-6);
        EXPECT_LT(lease_by_a_slow_clock, promise_by_a_fast_clock);
    }
}

// ---- standing

TEST(Election, AsksWhoWouldVoteForItBeforeItStands) {
    ElectionBench b;
    b.timer();
    ASSERT_EQ(b.said<VoteWanted>().size(), 2U);
    EXPECT_EQ(b.said<VoteWanted>(kA).front(),
              (VoteWanted{6, false, b.now, kTiming.promise, Fitness::fit}));
    EXPECT_TRUE(b.taken<WriteMemory>().empty());
    b.grant(kC, false);
    ASSERT_EQ(b.taken<WriteMemory>().size(), 1U);
    EXPECT_EQ(b.taken<WriteMemory>().front().memory, (ElectionMemory{6, kB, kTiming.promise}));
}

TEST(Election, SaysNothingOfATermThatIsNotOnDisk) {
    ElectionBench b;
    b.timer();
    b.grant(kC, false);
    b.actions.clear();
    EXPECT_EQ(b->term(), 5U);
    EXPECT_FALSE(b->testimony());
    b.now = b.now + 100ms;
    b.handle(ElectionTimer{b.now});
    b.hear(kC, wants(3, true));
    EXPECT_EQ(b.said<VoteAnswer>().front().known, 5U);
    EXPECT_TRUE(b.said<VoteWanted>().empty());
    b.written();
    EXPECT_EQ(b.said<VoteWanted>().size(), 2U);
    EXPECT_EQ(b->term(), 6U);
    EXPECT_EQ(b->testimony(), (Testimony{6, kB}));
}

TEST(Election, LeadsByTheVotesOfAMajorityAndNoFewer) {
    const std::array<NodeId, 5> five{kA, kB, kC, NodeId{4}, NodeId{5}};
    Election e(Electorate(five), kA, kTiming);
    SteadyTime now = kStart;
    e.handle(ElectionBegins{now, {5, kA, kTiming.promise}, Fitness::fit});
    e.handle(ElectionTimer{now});
    const auto grant = [&](NodeId from, bool binding) {
        e.handle(ElectionHeard{now, from, VoteAnswer{6, binding, now, true, 5, Fitness::fit}});
    };
    grant(kB, false);
    grant(kB, false);
    EXPECT_EQ(e.state().phase, ElectionPhase::canvassing) << "the same one twice";
    grant(kC, false);
    EXPECT_EQ(e.state().phase, ElectionPhase::standing);
    e.handle(MemoryWritten{now, 6, true});
    grant(kB, true);
    grant(kB, true);
    EXPECT_FALSE(e.leads(now));
    EXPECT_EQ(e.successor({}, now), NodeId{}) << "nothing to hand over yet";
    grant(NodeId{5}, true);
    EXPECT_TRUE(e.leads(now));
}

TEST(Election, CountsNoAnswerThatIsNotToItsQuestion) {
    ElectionBench b;
    b.timer();
    const VoteAnswer good{6, false, b.now, true, 5, Fitness::fit};
    VoteAnswer other = good;
    other.granted = false;
    b.hear(kC, other);
    other = good;
    other.term = 7;
    b.hear(kC, other);
    other = good;
    other.binding = true;
    b.hear(kC, other);
    other = good;
    other.asked_at = b.now - 1ns;
    b.hear(kC, other);
    other = good;
    other.asked_at = b.now + 1ns;
    b.hear(kC, other);
    b.hear(kStranger, good);
    b.hear(kB, good);
    EXPECT_EQ(b->state().phase, ElectionPhase::canvassing);
    b.hear(kC, good);
    EXPECT_EQ(b->state().phase, ElectionPhase::standing);
}

TEST(Election, CountsNoVoteInAnotherTermNorOneThatBindsNoMore) {
    ElectionBench b;
    b.timer();
    b.grant(kC, false);
    b.written();
    const SteadyTime asked = b.now;
    b.hear(kC, VoteAnswer{5, true, asked, true, 5, Fitness::fit});
    EXPECT_EQ(b->state().phase, ElectionPhase::standing);
    b.now = asked + lease_under(kTiming.promise);
    b.hear(kC, VoteAnswer{6, true, asked, true, 6, Fitness::fit});
    EXPECT_TRUE(b.taken<BeginLeading>().empty());
}

// Its disk is empty, and the others are further than it would believe one candidate.
TEST(Election, WhoHasVotedInNoTermGoesByTheOneThatAMajorityConfirms) {
    constexpr Term kFar = 3 * kMostAhead;
    ElectionBench b(kB, {});
    b.now = kStart + kTiming.promise + kTiming.campaign;
    b.hear(kA, wants(kFar, true));
    EXPECT_TRUE(b.taken<WriteMemory>().empty());
    b.handle(PollHeard{b.now, kA, kFar, false});
    b.hear(kA, wants(kFar, true));
    EXPECT_TRUE(b.taken<WriteMemory>().empty());
    b.handle(PollHeard{b.now, kA, kFar, true});
    b.hear(kA, wants(kFar, true));
    b.written();
    EXPECT_TRUE(b->promises(kA, kFar));

    Election again(Electorate(kThree), kB, kTiming);
    again.handle(ElectionBegins{kStart, {}, Fitness::fit, kFar});
    again.handle(ElectionHeard{b.now, kA, wants(kFar + 1, true)});
    EXPECT_EQ(again.state().memory.term, kFar + 1);
}

TEST(Election, GivesUpACampaignInTimeAndTriesAgainInALaterTerm) {
    ElectionBench b;
    b.timer();
    b.grant(kC, false);
    b.written();
    b.actions.clear();
    const SteadyTime began = b.now;
    while (b->state().phase == ElectionPhase::standing)
        b.timer();
    EXPECT_EQ(b.now - began, kTiming.campaign);
    EXPECT_GE(b.said<VoteWanted>(kA).size(), 3U) << "it asks again meanwhile";
    b.grant(kC, true);
    EXPECT_FALSE(b->leads(b.now)) << "too late";
    b.timer();
    EXPECT_EQ(b->state().campaign_term, 7U);
}

TEST(Election, StandsAboveTheTermsItHearsOfButNotFarAbove) {
    ElectionBench b;
    b.timer();
    b.hear(kC, VoteAnswer{6, false, b.now, false, 40, Fitness::fit});
    b.hear(kA, VoteAnswer{6, false, b.now, false, std::uint64_t{1} << 40, Fitness::fit});
    b.timer();
    EXPECT_EQ(b->state().campaign_term, 41U);
}

TEST(Election, StandsNotWhileItCannotWrite) {
    ElectionBench b;
    b.timer();
    b.grant(kC, false);
    b.written(false);
    EXPECT_EQ(b->state().phase, ElectionPhase::following);
    EXPECT_GE(b->next_timer(), b.now + kTiming.campaign);
}

// ---- voting

TEST(Election, VotesWhenTheVoteIsOnDisk) {
    ElectionBench b;
    b.hear(kA, wants(6, true));
    ASSERT_EQ(b.taken<WriteMemory>().size(), 1U);
    EXPECT_TRUE(b.said<VoteAnswer>().empty());
    b.written();
    ASSERT_EQ(b.said<VoteAnswer>(kA).size(), 1U);
    EXPECT_EQ(b.said<VoteAnswer>().front(),
              (VoteAnswer{6, true, SteadyTime{777}, true, 6, Fitness::fit}));
}

TEST(Election, VotesOnceInATerm) {
    ElectionBench b(kB, {5, kA, kTiming.promise});
    b.now = b.now + kTiming.promise;
    b.hear(kC, wants(5, true));
    ASSERT_EQ(b.said<VoteAnswer>(kC).size(), 1U);
    EXPECT_FALSE(b.said<VoteAnswer>(kC).front().granted);
    b.hear(kA, wants(5, true));
    EXPECT_TRUE(b.said<VoteAnswer>(kA).front().granted) << "the same vote again";
    EXPECT_TRUE(b.taken<WriteMemory>().empty());
}

TEST(Election, AVoteBindsToTheNanosecond) {
    ElectionBench b;
    b.hear(kA, wants(6, true));
    b.written();
    b.now = kStart + kTiming.promise - 1ns;
    b.hear(kC, wants(7, true));
    EXPECT_FALSE(b.said<VoteAnswer>(kC).front().granted);
    b.now = b.now + 1ns;
    b.hear(kC, wants(7, true));
    b.written();
    EXPECT_TRUE(b.said<VoteAnswer>(kC).back().granted);
}

TEST(Election, AReplayedRequestBindsNoLonger) {
    ElectionBench b;
    b.hear(kA, wants(6, true));
    b.written();
    const SteadyTime until = b->state().promise_until;
    b.now = b.now + 1s;
    b.hear(kA, wants(6, true));
    EXPECT_EQ(b.said<VoteAnswer>(kA).size(), 2U) << "the answer may have been lost";
    EXPECT_EQ(b->state().promise_until, until);
    VoteWanted again = wants(6, true);
    again.asked_at = again.asked_at + 1ns;
    b.hear(kA, again);
    EXPECT_EQ(b->state().promise_until, b.now + kTiming.promise);
}

TEST(Election, AReplayedCanvassKeepsNobodyFromStanding) {
    ElectionBench b;
    b.now = b.now + 100ms;
    b.hear(kC, wants(6, false));
    const SteadyTime due = b->next_timer();
    EXPECT_EQ(due, b.now + kTiming.stagger) << "it waits for who asked";
    b.now = b.now + 100ms;
    b.hear(kC, wants(6, false));
    EXPECT_EQ(b->next_timer(), due);
}

TEST(Election, AVoteForAnotherMeanwhileIsNotSpoken) {
    ElectionBench b;
    b.hear(kA, wants(6, true));
    b.now = kStart + kTiming.promise;
    b.hear(kC, wants(7, true));
    b.handle(MemoryWritten{b.now, 6, true});
    EXPECT_TRUE(b.said<VoteAnswer>().empty());
    b.handle(MemoryWritten{b.now, 7, true});
    EXPECT_TRUE(b.said<VoteAnswer>(kA).empty());
    EXPECT_EQ(b.said<VoteAnswer>(kC).size(), 1U);
}

TEST(Election, AVoteThatCouldNotBeWrittenIsWrittenWhenAskedAgain) {
    ElectionBench b;
    b.hear(kA, wants(6, true));
    b.written(false);
    b.hear(kA, wants(6, true));
    EXPECT_EQ(b.taken<WriteMemory>().size(), 2U);
    EXPECT_TRUE(b.said<VoteAnswer>().empty());
    b.hear(kA, wants(6, true));
    EXPECT_EQ(b.taken<WriteMemory>().size(), 2U) << "it is being written";
    b.written();
    EXPECT_EQ(b.said<VoteAnswer>(kA).size(), 1U);
}

TEST(Election, ACanvassChangesNothing) {
    ElectionBench b;
    b.hear(kA, wants(6, false));
    EXPECT_TRUE(b.said<VoteAnswer>(kA).front().granted);
    EXPECT_EQ(b->state().memory.term, 5U);
    b.hear(kC, wants(6, false));
    EXPECT_TRUE(b.said<VoteAnswer>(kC).front().granted);
}

TEST(Election, OfTwoThatCanvassTheFirstInRankIsSupported) {
    ElectionBench b;
    b.timer();
    b.hear(kC, wants(6, false));
    EXPECT_FALSE(b.said<VoteAnswer>(kC).back().granted);
    b.now = b.now + kTiming.stagger;
    b.hear(kC, wants(6, false));
    EXPECT_TRUE(b.said<VoteAnswer>(kC).back().granted) << "but not hindered for long";

    ElectionBench other;
    other.timer();
    other.hear(kA, wants(6, false));
    EXPECT_TRUE(other.said<VoteAnswer>(kA).back().granted);
    EXPECT_EQ(other->state().phase, ElectionPhase::following);
    EXPECT_GE(other->next_timer(), other.now + kTiming.stagger);
}

TEST(Election, BelievesNoWildRequest) {
    ElectionBench b;
    b.hear(kA, wants(0, true));
    b.hear(kA, wants(std::uint64_t{1} << 40, true));
    b.hear(kStranger, wants(6, true));
    VoteWanted wanted = wants(6, true);
    wanted.promise = kLongestPromise + 1ns;
    b.hear(kA, wanted);
    wanted.promise = 0ns;
    b.hear(kA, wanted);
    EXPECT_TRUE(b.actions.empty());
    ElectionBench late(kB, {kLastTerm, kB, kTiming.promise});
    late.hear(kA, wants(kLastTerm + 1, true));
    EXPECT_TRUE(late.actions.empty()) << "there are no terms beyond the last";
}

TEST(Election, WhoKnowsClusterTimeVotesForNobodyWhoDoesNot) {
    ElectionBench fit;
    fit.hear(kA, wants(6, true, Fitness::without_time));
    EXPECT_FALSE(fit.said<VoteAnswer>().front().granted);
    ElectionBench unfit(kB, {5, kB, kTiming.promise}, Fitness::without_time);
    unfit.hear(kA, wants(6, true, Fitness::without_time));
    unfit.written();
    EXPECT_TRUE(unfit.said<VoteAnswer>().front().granted);
}

// ---- promises over a restart

TEST(Election, ARestartWaitsOutWhatWasPromised) {
    ElectionBench b(kB, {5, kA, 10s});
    b.now = kStart + 10s - 1ns;
    b.hear(kC, wants(6, true));
    EXPECT_FALSE(b.said<VoteAnswer>(kC).front().granted);
    EXPECT_GE(b->next_timer(), kStart + 10s);
    b.hear(kA, wants(6, true));
    EXPECT_EQ(b->state().memory.term, 6U) << "but for him to whom it was promised";
}

TEST(Election, WhoVotedForItselfIsBoundToNobody) {
    ElectionBench b(kB, {5, kB, 10s});
    b.hear(kC, wants(6, true));
    EXPECT_EQ(b->state().memory.vote, kC);
}

TEST(Election, WhoRemembersNoVoteVotesForNobodyUntilNoneCanMatter) {
    ElectionBench b(kB, {});
    b.now = kStart + kTiming.promise + kTiming.campaign - 1ns;
    b.hear(kA, wants(6, true));
    EXPECT_FALSE(b.said<VoteAnswer>(kA).front().granted);
    b.now = b.now + 1ns;
    b.hear(kA, wants(6, true));
    EXPECT_EQ(b->state().memory.vote, kA);
}

// Its clock went back, and is now behind where it last stood.
TEST(Election, AClockThatWentBackIsNoHindrance) {
    ElectionBench b;
    b.be_elected();
    b.now = kStart - 100s;
    b.handle(SteadyClockBroken{b.now});
    b.hear(kC, wants(7, true));
    b.written();
    b.hear(kC, Release{7, kB});
    b.written();
    b.grant(kC, true);
    EXPECT_TRUE(b->leads(b.now));
}

TEST(Election, ABrokenClockIsARestart) {
    ElectionBench b(kB, {5, kA, kTiming.promise});
    b.now = kStart + kTiming.promise;
    b.handle(SteadyClockBroken{b.now});
    b.hear(kC, wants(6, true));
    EXPECT_FALSE(b.said<VoteAnswer>(kC).front().granted);
}

}  // namespace
}  // namespace berkeley
