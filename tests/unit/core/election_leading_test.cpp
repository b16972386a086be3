#include <gtest/gtest.h>

#include "daemon/core/election/election.hpp"
#include "tests/unit/core/election_bench.hpp"

namespace berkeley {
namespace {

using namespace test;

// ---- leading

TEST(ElectionLeading, ALeaseIsCountedFromTheQuestion) {
    ElectionBench b;
    b.be_elected();
    const SteadyTime asked = b.now;
    b.now = asked + 2s;
    b.poll_answered(kC, asked + 1s);
    const SteadyTime end = asked + 1s + lease_under(kTiming.promise);
    EXPECT_TRUE(b->leads(end - 1ns));
    EXPECT_FALSE(b->leads(end));
    EXPECT_LE(b->next_timer(), end);
    b.now = end;
    b.handle(ElectionTimer{b.now});
    ASSERT_EQ(b.taken<StopLeading>().size(), 1U);
    EXPECT_EQ(b.taken<StopLeading>().front().why, LeadingEnded::lost_majority);
}

TEST(ElectionLeading, WakesToTheNanosecondToLeadNoMore) {
    ElectionBench b;
    b.be_elected();
    const SteadyTime end = b.now + lease_under(kTiming.promise);
    while (b.taken<StopLeading>().empty())
        b.timer();
    EXPECT_EQ(b.now, end);
}

TEST(ElectionLeading, WhateverComesAfterTheLeaseEndsItFirst) {
    ElectionBench b;
    b.be_elected();
    b.now = b.now + kTiming.promise;
    b.poll_answered(kC, b.now - 1ms);
    EXPECT_EQ(b.taken<StopLeading>().size(), 1U);
    EXPECT_FALSE(b->leads(b.now));
}

TEST(ElectionLeading, AReplyThatPromisesNothingOrInAnotherTermRenewsNothing) {
    ElectionBench b;
    b.be_elected();
    const SteadyTime end = b.now + lease_under(kTiming.promise);
    b.now = b.now + 1s;
    b.handle(PollAnswered{b.now, kC, b.now, 6, false, Fitness::fit});
    b.handle(PollAnswered{b.now, kC, b.now, 5, true, Fitness::fit});
    b.handle(PollAnswered{b.now, kStranger, b.now, 6, true, Fitness::fit});
    b.handle(PollAnswered{b.now, kC, b.now + 1ns, 6, true, Fitness::fit});
    EXPECT_FALSE(b->leads(end));
}

TEST(ElectionLeading, AsksThoseWhoseRepliesDoNotSayEnough) {
    ElectionBench b;
    b.be_elected();
    b.poll_answered(kC, b.now);
    b.timer();
    EXPECT_EQ(b.said<VoteWanted>(kA).size(), 1U) << "it has not voted for us yet";
    EXPECT_TRUE(b.said<VoteWanted>(kC).empty());
    b.now = b.now + lease_under(kTiming.promise) / 2;
    b.timer();
    EXPECT_EQ(b.said<VoteWanted>(kC).size(), 1U);
}

TEST(ElectionLeading, AMasterVotesForNobody) {
    ElectionBench b;
    b.be_elected();
    b.hear(kA, wants(9, true));
    EXPECT_FALSE(b.said<VoteAnswer>(kA).front().granted);
    EXPECT_TRUE(b->leads(b.now));
}

// Who was away without knowing may have been succeeded.
TEST(ElectionLeading, OutvotedItAsksBeforeItVotesAgain) {
    ElectionBench b;
    b.be_elected();
    const ElectionMemory before = b->state().memory;
    b.handle(PollAnswered{b.now, kA, b.now, 8, false, Fitness::fit});
    EXPECT_EQ(b.taken<StopLeading>().front().why, LeadingEnded::outvoted);
    EXPECT_TRUE(b.taken<WriteMemory>().empty());
    EXPECT_EQ(b->state().memory, before);
    for (const NodeId other : {kA, kC}) {
        ASSERT_EQ(b.said<VoteWanted>(other).size(), 1U);
        EXPECT_EQ(b.said<VoteWanted>(other).front().term, 9U);
        EXPECT_FALSE(b.said<VoteWanted>(other).front().binding);
    }
    b.hear(kA, VoteAnswer{9, false, b.now, false, 8, Fitness::fit});
    b.hear(kC, VoteAnswer{9, false, b.now, false, 8, Fitness::fit});
    b.hear(kC, wants(8, true));
    b.written();
    EXPECT_TRUE(b->promises(kC, 8)) << "it follows whom the others elected";
}

TEST(ElectionLeading, OutvotedItLeadsOnAboveOneThatIsAheadButNotForEver) {
    ElectionBench b;
    const auto go_on = [&b] {
        b.grant(kC, false);
        b.written();
        b.grant(kC, true);
        EXPECT_TRUE(b->leads(b.now));
    };
    const auto after_promises = [&b](int count) {
        for (int i = 0; i < count; ++i) {
            b.now = b.now + kTiming.promise - 100ms;
            b.poll_answered(kC, b.now);
            b.now = b.now + 100ms;
        }
    };
    b.be_elected();
    b.handle(PollAnswered{b.now, kA, b.now, 8, false, Fitness::fit});
    go_on();
    EXPECT_EQ(b->state().memory, (ElectionMemory{9, kB, kTiming.promise}));
    b.hear(kA, VoteAnswer{9, true, b.now, false, 12, Fitness::fit});
    EXPECT_TRUE(b->leads(b.now)) << "once is enough for a while";
    after_promises(2);
    b.hear(kA, VoteAnswer{9, true, b.now, false, std::uint64_t{1} << 40, Fitness::fit});
    b.hear(kA, VoteAnswer{42, false, b.now, false, 10'000, Fitness::fit});
    go_on();
    EXPECT_EQ(b->state().memory.term, 42U) << "a little, and not more, on one word";
    after_promises(4);
    b.handle(PollAnswered{b.now, kA, b.now, 43, false, Fitness::fit});
    go_on();
    EXPECT_EQ(b->state().memory.term, 44U) << "what was said while it stood is forgotten";
}

TEST(ElectionLeading, OneThatOutvotesItAgainAndAgainIsHeededEverMoreSeldom) {
    ElectionBench b;
    b.be_elected();
    for (int round = 0; round < 20; ++round) {
        b.handle(PollAnswered{b.now, kA, b.now, b->term() + 1, false, Fitness::fit});
        if (!b->leads(b.now)) {
            b.grant(kC, false);
            b.written();
            b.grant(kC, true);
        }
        ASSERT_TRUE(b->leads(b.now)) << round;
        b.now = b.now + kTiming.promise - 100ms;
        b.poll_answered(kC, b.now);
        b.now = b.now + 100ms;
    }
    const std::size_t ended = b.taken<StopLeading>().size();
    EXPECT_LT(ended, 5U);
    EXPECT_GT(ended, 1U);
    b.handle(PollAnswered{b.now, kC, b.now, b->term() + 1, false, Fitness::fit});
    EXPECT_EQ(b.taken<StopLeading>().size(), ended + 1) << "of the other nothing such was heard";
}

TEST(ElectionLeading, AnOutvotingIsForgivenAfterADay) {
    Outvotings outvotings;
    SteadyTime now = kStart;
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(outvotings.heeds(1, now));
        outvotings.note(1, now, kTiming.promise);
        EXPECT_TRUE(outvotings.heeds(0, now));
        EXPECT_FALSE(outvotings.heeds(1, outvotings.of(1)->until - 1ns));
        EXPECT_LE(outvotings.of(1)->until, now + 1h);
        now = outvotings.of(1)->until;
    }
    EXPECT_EQ(outvotings.of(1)->length, Duration{1h});
    outvotings.note(1, now + 24h, kTiming.promise);
    EXPECT_EQ(outvotings.of(1)->length, 2 * kTiming.promise);
}

TEST(ElectionLeading, PromisesByRepliesToTheOneItVotedFor) {
    ElectionBench b(kB, {5, kA, kTiming.promise});
    EXPECT_TRUE(b->promises(kA, 5));
    EXPECT_FALSE(b->promises(kA, 4));
    EXPECT_FALSE(b->promises(kC, 5));
    b.now = kStart + 2s;
    b.handle(PollHeard{b.now, kC, 5});
    EXPECT_EQ(b->state().promise_until, kStart + kTiming.promise);
    b.handle(PollHeard{b.now, kA, 5});
    EXPECT_EQ(b->state().promise_until, kStart + 2s + kTiming.promise);
    EXPECT_GE(b->next_timer(), kStart + 2s + kTiming.promise);
    b.hear(kA, wants(6, true));
    EXPECT_FALSE(b->promises(kA, 6)) << "before it is on disk";
    b.written();
    EXPECT_TRUE(b->promises(kA, 6));
}

// ---- handing over

TEST(ElectionLeading, AHandoverReleasesTheOthersAndEndsTheLease) {
    ElectionBench b;
    b.be_elected();
    b.handle(HandoverWanted{b.now, kC});
    EXPECT_FALSE(b->leads(b.now));
    EXPECT_EQ(b.said<Release>().size(), 2U);
    EXPECT_EQ(b.said<Release>(kC).front(), (Release{6, kC}));
    b.timer();
    EXPECT_EQ(b.said<Release>(kC).size(), 2U) << "again, as it may be lost";
    b.hear(kC, wants(7, true));
    b.timer();
    EXPECT_EQ(b.said<Release>(kC).size(), 2U);
}

TEST(ElectionLeading, HandsOverToWhoeverSuitsBest) {
    ElectionBench b;
    b.be_elected();
    EXPECT_EQ(b->successor({}, b.now), kC) << "of A nothing was heard";
    b.poll_answered(kA, b.now);
    EXPECT_EQ(b->successor({}, b.now), kA);
    EXPECT_EQ(b->successor(kC, b.now), kC);
    EXPECT_EQ(b->successor(kStranger, b.now), NodeId{});
    EXPECT_EQ(b->successor(kB, b.now), NodeId{});
    b.now = b.now + 1ms;
    b.poll_answered(kA, b.now, Fitness::without_time);
    EXPECT_EQ(b->successor({}, b.now), kC);
    EXPECT_EQ(b->successor(kA, b.now), NodeId{});
    b.handle(HandoverWanted{b.now, kA});
    EXPECT_TRUE(b->leads(b.now));
}

TEST(ElectionLeading, HandsOverToNobodyWhoWasNotHeardOfLate) {
    ElectionBench b;
    b.be_elected();
    b.poll_answered(kA, b.now);
    b.now = b.now + lease_under(kTiming.promise) - 1ns;
    b.poll_answered(kC, b.now);
    EXPECT_EQ(b->successor({}, b.now), kA);
    EXPECT_EQ(b->successor({}, b.now + 1ns), kC);
}

TEST(ElectionLeading, TheSuccessorStandsAtOnceTheOthersLater) {
    ElectionBench b(kB, {5, kA, kTiming.promise});
    b.hear(kA, Release{5, kB});
    EXPECT_EQ(b.taken<WriteMemory>().front().memory.term, 6U);

    ElectionBench c(kC, {5, kA, kTiming.promise});
    c.hear(kA, Release{5, kB});
    EXPECT_GE(c->next_timer(), c.now + kTiming.campaign);
    c.hear(kB, wants(6, true));
    EXPECT_EQ(c->state().memory.vote, kB) << "the promise is void";
}

TEST(ElectionLeading, ReleasesOnlyWhoIsBound) {
    ElectionBench b(kB, {5, kA, kTiming.promise});
    b.hear(kA, Release{4, kB});
    b.hear(kC, Release{5, kB});
    EXPECT_EQ(b->state().promise_until, kStart + kTiming.promise);
    b.now = kStart + kTiming.promise;
    b.hear(kA, Release{5, kB});
    EXPECT_TRUE(b.taken<WriteMemory>().empty()) << "an old one, replayed";
}

TEST(ElectionLeading, WhoMustNotLeadAnyMoreHandsOver) {
    ElectionBench b;
    b.be_elected();
    b.handle(FitnessChanged{b.now, Fitness::barred});
    EXPECT_FALSE(b->leads(b.now));
    EXPECT_EQ(b.said<Release>(kC).front(), (Release{6, kC}));
}

TEST(ElectionLeading, AResignationNamesNobody) {
    ElectionBench b;
    b.be_elected();
    b.handle(ResignationWanted{b.now});
    EXPECT_EQ(b.said<Release>(kA).front(), (Release{6, NodeId{}}));
    ElectionBench c(kC, {6, kB, kTiming.promise});
    c.hear(kB, Release{6, NodeId{}});
    EXPECT_EQ(c->next_timer(), c.now + kTiming.stagger) << "A stands first; B, who left, does not";
}

TEST(ElectionLeading, AMasterWhoseClockBrokeReleasesTheOthers) {
    ElectionBench b;
    b.be_elected();
    b.handle(SteadyClockBroken{b.now});
    EXPECT_FALSE(b->leads(b.now));
    EXPECT_EQ(b.said<Release>(kA).front(), (Release{6, NodeId{}}));
}

// ---- settings

TEST(ElectionLeading, NewTimesAreInForceFromTheNextTermOn) {
    ElectionBench b;
    b.be_elected();
    const SteadyTime end = b.now + lease_under(kTiming.promise);
    b.handle(TimingChanged{election_timing(10s)});
    EXPECT_FALSE(b->leads(end));
    b.now = end;
    b.handle(ElectionTimer{b.now});
    b.be_elected();
    EXPECT_TRUE(b->leads(b.now + 30s));
}

TEST(ElectionLeading, WhoMustNotLeadNeverStands) {
    ElectionBench b(kB, {5, kB, kTiming.promise}, Fitness::barred);
    EXPECT_GT(b->next_timer(), kStart + 24h * 3650);
    b.handle(FitnessChanged{b.now, Fitness::fit});
    EXPECT_LT(b->next_timer(), kStart + 1s);
    ElectionBench named(kB, {5, kA, kTiming.promise}, Fitness::barred);
    named.hear(kA, Release{5, kB});
    EXPECT_TRUE(named.taken<WriteMemory>().empty());
}

}  // namespace
}  // namespace berkeley
