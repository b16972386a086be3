// A member Node, with the master played by hand.
#include <gtest/gtest.h>

#include "tests/support/member_bench.hpp"

namespace berkeley {
namespace {

using test::kMaster;
using test::kReign;
using test::MemberBench;
using test::NodeBench;

// ---- joining

TEST(Member, JoinsOnceItKnowsWhereTheMasterIs) {
    NodeBench bench(test::bench_settings("m1"));
    bench.start();
    bench.pass(5s);
    EXPECT_TRUE(bench.sent.empty());
    EXPECT_NE(bench.status().reason.find("does not resolve"), std::string::npos);
    bench.feed(CandidateResolved{bench.now(), "master", kMaster});
    bench.pass(1ms);
    ASSERT_EQ(bench.sent.size(), 1U);
    EXPECT_EQ(bench.sent[0].to, kMaster);
    EXPECT_EQ(bench.sent[0].header.to, id_of("master"));
    const auto join = bench.sent_of<Join>().at(0);
    EXPECT_EQ(join.name.view(), "m1");
    EXPECT_TRUE(join.votes);
    EXPECT_NE(join.session, 0U);
}

TEST(Member, AsksAgainMoreAndMoreSlowlyWithAFreshSessionEachTime) {
    MemberBench bench;
    bench.pass(60s);
    const auto joins = bench.sent_of<Join>();
    EXPECT_GE(joins.size(), 30U);
    EXPECT_LE(joins.size(), 36U);
    for (std::size_t i = 1; i < joins.size(); ++i) {
        EXPECT_NE(joins[i].session, joins[i - 1].session);
        EXPECT_EQ(joins[i].oscillator, joins[0].oscillator);
    }
    EXPECT_NE(bench.status().reason.find("no answer from master at "), std::string::npos);
}

TEST(Member, AnObserverSaysThatItDoesNotVote) {
    NodeSettings settings = test::bench_settings("m1");
    settings.clock = ClockMode::observe;
    MemberBench bench(settings);
    bench.pass(1ms);
    EXPECT_FALSE(bench.last_join().votes);
    bench.get_in_touch();
    EXPECT_FALSE(bench.last_reply().votes);
    EXPECT_FALSE(bench.last_reply().steers);
}

// ---- polls

TEST(Member, AnswersAPollWithItsStampsAndClocks) {
    MemberBench bench;
    bench.get_in_touch();
    EXPECT_EQ(bench.reported(ReportKind::master_found), 1U);
    const RawTime first_left = bench.raw();
    bench.pass(1s);
    const Poll poll = bench.next_poll(bench.session);
    bench.tell(poll);
    const RawTime received = bench.raw();
    bench.pass(kAnswersAfter - 1us);
    EXPECT_EQ(bench.last_reply().sequence, poll.sequence - 1);
    bench.pass(1us);
    const Reply reply = bench.last_reply();
    EXPECT_EQ(reply.session, bench.session);
    EXPECT_EQ(reply.reign, kReign);
    EXPECT_EQ(reply.sequence, poll.sequence);
    EXPECT_EQ(reply.poll_received, received);
    EXPECT_EQ(reply.last_sequence, poll.sequence - 1);
    EXPECT_EQ(reply.last_sent, first_left);
    EXPECT_EQ(reply.raw, bench.raw());
    EXPECT_EQ(reply.system, bench.now().system);
    EXPECT_TRUE(reply.votes);
    EXPECT_TRUE(reply.steers);
    EXPECT_FALSE(reply.claim.has_value());
    EXPECT_EQ(bench.status().members, 5U);
    EXPECT_EQ(bench.status().counted, 4U);
}

// What no datagram can say would be a Reply that the master cannot read, and so no Reply.
TEST(Member, WithAClockBeyondAllDatesAnswersAndDoesNotVote) {
    MemberBench bench(test::bench_settings("m1"), {}, SystemTime{7'000'000'000'000'000'000});
    bench.get_in_touch();
    EXPECT_FALSE(bench.last_reply().votes);
    EXPECT_TRUE(plausible(bench.last_reply().system));
}

TEST(Member, AnswersToWhereThePollCameFromAndNoLarger) {
    MemberBench bench;
    bench.get_in_touch();
    const std::size_t before = bench.sent.size();
    const Endpoint elsewhere = test::endpoint(77);
    bench.receive(test::sealed(bench.next_poll(bench.session), "master", "m1"), elsewhere);
    bench.pass(kAnswersAfter);
    ASSERT_EQ(bench.sent.size(), before + 1);
    EXPECT_EQ(bench.sent.back().to, elsewhere);
    EXPECT_EQ(sizeof(bench.sent.back().bytes), kDatagramSize);
}

TEST(Member, AReplayedPollIsNeitherAnsweredNorBelieved) {
    MemberBench bench;
    bench.get_in_touch();
    Poll poll = bench.next_poll(bench.session);
    poll.correction = bench.line(0ns);
    const Datagram datagram = test::sealed(poll, "master", "m1", 1, 1);
    bench.receive(datagram, kMaster);
    const std::size_t sent = bench.sent.size();
    const auto corrections = bench.tracking().corrections;
    for (int i = 0; i < 10; ++i)
        bench.receive(datagram, kMaster);
    EXPECT_EQ(bench.sent.size(), sent);
    EXPECT_EQ(bench.dropped().replayed, 10U);
    EXPECT_EQ(bench.tracking().corrections, corrections);
}

TEST(Member, PollsOfAnotherSessionReignOrPastSequenceAreDropped) {
    MemberBench bench;
    bench.get_in_touch();
    bench.tell(bench.next_poll(bench.session));
    const std::size_t sent = bench.sent.size();
    bench.tell(bench.next_poll(bench.session + 1));
    bench.tell(bench.next_poll(0));
    Poll other_reign = bench.next_poll(bench.session);
    other_reign.reign = kReign + 1;
    bench.tell(other_reign);
    Poll past = bench.next_poll(bench.session);
    past.sequence = 1;
    bench.tell(past);
    EXPECT_EQ(bench.dropped().replayed, 4U);
    EXPECT_EQ(bench.sent.size(), sent);
    bench.tell(bench.next_poll(bench.session));
    bench.pass(kAnswersAfter);
    EXPECT_EQ(bench.sent.size(), sent + 1);
}

TEST(Member, APollThatAnswersAnEarlierJoinIsAReplay) {
    MemberBench bench;
    bench.pass(1ms);
    const Session first = bench.last_join().session;
    bench.pass(200ms);
    ASSERT_NE(bench.last_join().session, first);
    bench.tell(bench.next_poll(first));
    EXPECT_EQ(bench.dropped().replayed, 1U);
    EXPECT_TRUE(bench.sent_of<Reply>().empty());
}

// ---- what is dropped, and why

TEST(Member, CountsWhatItDropsByItsReason) {
    MemberBench bench;
    bench.get_in_touch();
    const std::size_t sent = bench.sent.size();
    const Datagram good = test::sealed(bench.next_poll(bench.session), "master", "m1");

    bench.receive(std::span(good).first(kDatagramSize - 1), kMaster);
    bench.receive({}, kMaster);
    EXPECT_EQ(bench.dropped().wrong_size, 2U);

    Datagram other_version = good;
    other_version[4] = 1;
    bench.receive(other_version, kMaster);
    EXPECT_EQ(bench.dropped().not_ours, 1U);

    Datagram corrupt = good;
    corrupt[100] ^= 1;
    bench.receive(corrupt, kMaster);
    bench.receive(test::sealed(bench.next_poll(bench.session), "master", "m1", 0, 0,
                               {.from_key = "m2", .to_key = "m1"}),
                  kMaster);
    bench.receive(test::sealed(bench.next_poll(bench.session), "master", "m1", 0, 0,
                               {.from_key = "master", .to_key = "m1", .cluster = "other"}),
                  kMaster);
    EXPECT_EQ(bench.dropped().not_authentic, 3U);

    bench.receive(test::sealed(bench.next_poll(bench.session), "m2", "m1"), kMaster);
    bench.receive(test::sealed(bench.next_poll(bench.session), "master", "m2"), kMaster);
    EXPECT_EQ(bench.dropped().unknown_sender, 2U);

    bench.tell(Join{});  // cannot even be written: it has no name
    bench.tell(Reply{});
    EXPECT_EQ(bench.dropped().malformed, 2U);

    EXPECT_EQ(bench.sent.size(), sent);
    EXPECT_EQ(bench.tracking().datagrams_received, 11U);
}

TEST(Member, ItsOwnDatagramsReflectedAreDropped) {
    MemberBench bench;
    bench.get_in_touch();
    const std::size_t sent = bench.sent.size();
    for (std::size_t i = 0; i < sent; ++i) {
        const Datagram own = bench.sent[i].bytes;
        bench.receive(own, kMaster);
    }
    EXPECT_EQ(bench.sent.size(), sent);
    EXPECT_EQ(bench.dropped().unknown_sender, sent);
}

// ---- corrections

TEST(Member, FollowsACorrectionAndClaimsIt) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(3ms));
    bench.pass(1ms);
    EXPECT_EQ(bench.tracking().corrections, 1U);
    EXPECT_EQ(bench.status().epoch, 1U);
    EXPECT_EQ(bench.status().state, NodeState::synchronizing);
    bench.tell(bench.next_poll(bench.session));
    bench.pass(kAnswersAfter);
    ASSERT_TRUE(bench.last_reply().claim.has_value());
    EXPECT_NEAR(as_ns(Duration{bench.last_reply().claim->cluster.ns - bench.now().system.ns}), 3e6,
                2e3);
    for (int s = 0; s < 40; ++s) {
        bench.pass(1s);
        bench.tell(bench.next_poll(bench.session));
    }
    EXPECT_EQ(bench.status().state, NodeState::synchronized);
    EXPECT_LT(std::abs(bench.status().offset->count()), 10'000);
    EXPECT_TRUE(bench.steps.empty());
}

TEST(Member, StepsOnlyTheFirstTimeAndOnlyBeyondTheThreshold) {
    for (const Duration offset : {Duration{400ms}, Duration{-400ms}}) {
        MemberBench bench;
        bench.get_in_touch();
        bench.correct(bench.line(offset));
        bench.pass(1s);
        EXPECT_TRUE(bench.steps.empty());
    }
    for (const Duration offset : {Duration{1h}, Duration{-1h}}) {
        MemberBench bench;
        bench.get_in_touch();
        bench.correct(bench.line(offset));
        bench.pass(1s);
        ASSERT_EQ(bench.steps.size(), 1U);
        EXPECT_NEAR(as_ns(bench.steps[0]), as_ns(offset), 1e6);
        EXPECT_LT(std::abs(bench.status().offset->count()), 1'000'000);
    }
}

TEST(Member, NeverStepsWhereThePolicySaysSo) {
    NodeSettings settings = test::bench_settings("m1");
    settings.step_policy = StepPolicy::never;
    MemberBench bench(settings);
    bench.get_in_touch();
    bench.correct(bench.line(2s));
    bench.pass(900ms);
    EXPECT_TRUE(bench.steps.empty());
    EXPECT_EQ(bench.status().state, NodeState::synchronizing);
}

TEST(Member, AnObserverTouchesNothing) {
    NodeSettings settings = test::bench_settings("m1");
    settings.clock = ClockMode::observe;
    MemberBench bench(settings);
    bench.get_in_touch();
    const KernelReading before = bench.kernel().read(bench.raw());
    bench.correct(bench.line(1h));
    bench.pass(900ms);
    EXPECT_TRUE(bench.steps.empty());
    EXPECT_EQ(bench.kernel().read(bench.raw()).rate, before.rate);
    EXPECT_FALSE(bench.kernel().read(bench.raw()).phase_locked);
    EXPECT_NEAR(as_ns(*bench.status().offset), -3600e9, 1e6);
}

TEST(Member, CorrectionsOfAPastTermOrEpochAreRefused) {
    MemberBench bench;
    bench.term = 5;
    bench.epoch = 3;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    EXPECT_EQ(bench.tracking().corrections, 1U);
    EXPECT_EQ(bench.status().term, 5U);
    EXPECT_EQ(bench.status().epoch, 3U);
    bench.term = 4;
    bench.correct(bench.line(0ns));
    bench.term = 5;
    bench.epoch = 2;
    bench.correct(bench.line(0ns));
    EXPECT_EQ(bench.tracking().corrections, 1U);
    EXPECT_EQ(bench.dropped().stale_term, 2U);
    bench.epoch = 3;
    bench.correct(bench.line(0ns));
    EXPECT_EQ(bench.tracking().corrections, 2U);
}

TEST(Member, ATermAtTheEndOfTheNumbersIsNobodys) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    for (const std::uint64_t end : {~std::uint64_t{0}, std::uint64_t{1} << 62}) {
        bench.term = end;
        bench.tell(bench.next_poll(bench.session));
        EXPECT_EQ(bench.status().term, 1U);
        bench.term = 1;
        bench.epoch = end;
        bench.correct(bench.line(1h));
        EXPECT_EQ(bench.status().epoch, 1U);
        bench.epoch = 1;
    }
    EXPECT_EQ(bench.tracking().corrections, 1U);
    EXPECT_EQ(bench.tracking().corrections_refused, 2U);
}

TEST(Member, WithinAnEpochOnlyWhatTheBoundsAllowIsBelieved) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns, 100us));
    bench.correct(bench.line(190us, 100us));
    EXPECT_EQ(bench.tracking().corrections, 2U);
    bench.correct(bench.line(190us + 210us, 100us));
    EXPECT_EQ(bench.tracking().corrections, 2U);
    EXPECT_EQ(bench.tracking().corrections_refused, 1U);
    EXPECT_EQ(bench.reported(ReportKind::correction_refused), 1U);
}

TEST(Member, LinesAnchoredHoursAwayAreRefused) {
    std::uint64_t refused = 1;
    for (const Duration age : {Duration{-61min}, Duration{-59min}}) {
        MemberBench bench;
        bench.get_in_touch();
        BoundedLine line = bench.line(0ns);
        line.line.cluster_at_anchor = line.line.cluster_at_anchor - age;
        line.line.anchor = line.line.anchor - age;
        bench.correct(line);
        EXPECT_EQ(bench.tracking().corrections_refused, refused);
        EXPECT_EQ(bench.tracking().corrections, 1 - refused);
        refused = 0;
    }
}

// ---- silence

TEST(Member, HoldsOverInSilenceWithABoundThatGrows) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    for (int s = 0; s < 5; ++s) {
        bench.pass(1s);
        bench.correct(bench.line(0ns));
    }
    ASSERT_EQ(bench.status().state, NodeState::synchronized);
    bench.pass(10s);
    EXPECT_EQ(bench.status().state, NodeState::holdover);
    EXPECT_FALSE(bench.status().master.has_value());
    EXPECT_EQ(bench.reported(ReportKind::holdover), 1U);
    Duration last = *bench.status().bound;
    for (int hour = 0; hour < 5; ++hour) {
        bench.pass(1h);
        const Duration bound = *bench.status().bound;
        EXPECT_GE(bound - last, nanoseconds_of(3600e9 * 119 * kPpm));
        last = bound;
        EXPECT_EQ(bench.status().state, NodeState::holdover);
    }
}

TEST(Member, SeeksTheMasterAgainAfterSilenceAndGoesOn) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    const std::uint64_t oscillator = bench.last_join().oscillator;
    const std::size_t joins = bench.sent_of<Join>().size();
    bench.pass(10s);
    ASSERT_GT(bench.sent_of<Join>().size(), joins);
    EXPECT_EQ(bench.last_join().oscillator, oscillator);  // its raw clock is the same
    bench.session = bench.last_join().session;
    bench.correct(bench.line(0ns));
    EXPECT_TRUE(bench.status().master.has_value());
    bench.pass(1s);
    EXPECT_EQ(bench.status().state, NodeState::synchronized);
}

TEST(Member, AGoodbyeEndsTheSessionAtOnceButOnlyAnAuthenticOne) {
    MemberBench bench;
    bench.get_in_touch();
    bench.tell(Leave{bench.session, kReign + 1});
    bench.tell(Leave{bench.session + 1, kReign});
    bench.tell(Leave{0, 0});
    EXPECT_TRUE(bench.status().master.has_value());
    EXPECT_EQ(bench.dropped().replayed, 3U);
    bench.tell(Leave{bench.session, kReign});
    EXPECT_FALSE(bench.status().master.has_value());
}

TEST(Member, SaysGoodbyeWhenStopped) {
    MemberBench bench;
    bench.get_in_touch();
    bench.feed(StopRequested{bench.now()});
    const auto leaves = bench.sent_of<Leave>();
    ASSERT_EQ(leaves.size(), 1U);
    EXPECT_EQ(leaves[0].session, bench.session);
    EXPECT_EQ(leaves[0].reign, kReign);
    EXPECT_GE(bench.saves, 1U);
}

TEST(Member, ABrokenRawClockDropsTheLineAndJoinsAnew) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    const std::uint64_t oscillator = bench.last_join().oscillator;
    bench.feed(RawClockBroken{bench.now(), "suspended"});
    EXPECT_FALSE(bench.status().offset.has_value());
    EXPECT_FALSE(bench.status().bound.has_value());
    EXPECT_EQ(bench.status().state, NodeState::synchronizing);
    EXPECT_EQ(bench.reported(ReportKind::raw_clock_broken), 1U);
    bench.tell(bench.next_poll(bench.session));  // of the session before
    EXPECT_EQ(bench.dropped().replayed, 1U);
    bench.pass(1ms);
    EXPECT_NE(bench.last_join().oscillator, oscillator);
}

TEST(Member, WhatItSavesItGoesOnFromInHoldover) {
    MemberBench bench;
    bench.term = 7;
    bench.get_in_touch();
    bench.correct(bench.line(300us));
    bench.pass(2s);
    const SavedState saved = bench.node().saved_state(bench.now());
    EXPECT_EQ(saved.term, 7U);
    EXPECT_EQ(saved.epoch, 1U);
    EXPECT_GT(saved.floor, test::kBenchStart);
    NodeBench again(test::bench_settings("m1"));
    SavedState from_this_boot = saved;
    from_this_boot.line->line.anchor = again.raw() - 1s;
    again.start(from_this_boot);
    EXPECT_TRUE(again.status().bound.has_value());
    EXPECT_EQ(again.status().epoch, 1U);
    NodeBench rebooted(test::bench_settings("m1"));
    SavedState from_later = saved;
    from_later.line->line.anchor = rebooted.raw() + 1s;  // this raw clock has not been there yet
    rebooted.start(from_later);
    EXPECT_FALSE(rebooted.status().bound.has_value());
}

TEST(Member, AfterARestartItsOscillatorIsTheSameAsLongAsItsLineHolds) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(300us));
    bench.pass(2s);
    SavedState saved = bench.node().saved_state(bench.now());
    EXPECT_EQ(saved.oscillator, bench.last_join().oscillator);
    saved.oscillator = 4711;  // one that no fresh node of the bench draws
    const auto joins_as = [&saved] {
        MemberBench again(test::bench_settings("m1"), saved);
        again.pass(1ms);
        return again.last_join().oscillator;
    };
    saved.line->line.anchor = NodeBench(test::bench_settings("m1")).raw() - 1s;
    EXPECT_EQ(joins_as(), 4711U);
    saved.line->line.anchor = saved.line->line.anchor + 2s;  // of another boot
    EXPECT_NE(joins_as(), 4711U);
    saved.line.reset();
    EXPECT_NE(joins_as(), 4711U);
}

TEST(Member, TheFloorIsTold) {
    SavedState saved;
    saved.floor = test::kBenchStart + 1h;
    MemberBench bench(test::bench_settings("m1"), saved);
    bench.get_in_touch();
    EXPECT_EQ(bench.last_reply().floor, saved.floor);
    EXPECT_LT(bench.last_reply().system, saved.floor);
}

}  // namespace
}  // namespace berkeley
