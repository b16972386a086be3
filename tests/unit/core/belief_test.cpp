// How far a member goes with a master that is wrong, or lies.
#include "daemon/core/node/belief.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/member_bench.hpp"

namespace berkeley {
namespace {

using test::MemberBench;

// Cluster time as an honest master tells it runs like the member's own raw clock.
class LedMember : public testing::Test {
  protected:
    LedMember() { bench.get_in_touch(); }

    ClusterTime honest() { return ClusterTime{test::kBenchStart.ns} + (bench.raw() - began_); }

    // Wide bounds: what a liar would say, too.
    void tell(Duration lie, double rate = 0, Duration bound = 2h) {
        bench.correct({{bench.raw(), honest() + lie, rate}, bound, 120 * kPpm, 1us});
    }

    void tell_for(Duration span, Duration lie = 0ns) {
        for (Duration passed{0}; passed < span; passed += 1s) {
            bench.pass(1s);
            tell(lie);
        }
    }

    void learn() { tell_for(Belief::kLearning + 2s); }

    bool followed(Duration lie, double rate = 0) {
        const auto before = bench.tracking().corrections;
        tell(lie, rate);
        return bench.tracking().corrections > before;
    }

    // Where the member has cluster time, against the honest one.
    Duration dragged() {
        const auto line = bench.node().saved_state(bench.now()).line;
        return line->line.at(bench.raw()) - honest();
    }

    bool told_in_status(std::string_view text) {
        return bench.status().reason.find(text) != std::string::npos;
    }

    MemberBench bench;

  private:
    RawTime began_ = bench.raw();
};

// ---- within an epoch

TEST_F(LedMember, IsMovedByATenthOfASecondAtOnceAndNoMore) {
    learn();
    EXPECT_TRUE(followed(99ms));
    EXPECT_FALSE(followed(102ms));
    EXPECT_EQ(bench.reported(ReportKind::correction_refused), 1U);
    EXPECT_EQ(bench.tracking().corrections_refused, 1U);
    EXPECT_TRUE(told_in_status("drag the clock away")) << bench.status().reason;
    EXPECT_NE(bench.status().advice.find("restart berkeleyd here"), std::string::npos);
}

TEST_F(LedMember, IsMovedByASecondWhileItLearns) {
    tell(0ns);
    tell_for(60s);
    EXPECT_TRUE(followed(990ms));
    EXPECT_FALSE(followed(-1010ms));
}

TEST_F(LedMember, HoldsOverAtNoFalseRateWhenItsMasterIsGone) {
    learn();
    EXPECT_TRUE(followed(0ns, 1000 * kPpm));
    bench.tell(Leave{bench.session, test::kReign});
    bench.pass(10h);
    EXPECT_LE(dragged(), gained(10h, Belief::kMostRun) + 1ms);
}

// In many small moves it is no further than in one.
TEST_F(LedMember, IsNotMovedFurtherWhileItLearnsByAnyNumberOfMoves) {
    tell(0ns);
    for (int i = 1; i <= 100; ++i) {
        bench.pass(1s);
        tell(50ms * i);
    }
    EXPECT_LE(dragged(), Duration{1010ms});
    EXPECT_GT(bench.tracking().corrections_refused, 0U);
}

TEST_F(LedMember, FollowsWhatIsLateToBeKnownWhileItLearns) {
    tell(0ns);
    tell_for(30s);
    tell_for(Belief::kLearning, 700ms);  // a queue in the first minute
    tell_for(60s, 700ms);
    EXPECT_EQ(bench.tracking().corrections_refused, 0U);
    EXPECT_TRUE(followed(790ms));
    EXPECT_FALSE(followed(820ms));
}

// A lie of 200 ppm, which is 0.7 s in an hour, from 50 ms of a start.
TEST_F(LedMember, IsDraggedByNoMoreThanATenthAndFourTenthsOfASecondInAnHour) {
    learn();
    for (int s = 1; s <= 3600; ++s) {
        bench.pass(1s);
        tell(50ms + gained(Duration{1s} * s, 200 * kPpm), 200 * kPpm);
    }
    EXPECT_LE(dragged(), Duration{100ms} + gained(1h, Belief::kMostRun));
    EXPECT_GE(bench.tracking().corrections_refused, 100U);
    EXPECT_EQ(bench.reported(ReportKind::correction_refused), 1U);
    EXPECT_EQ(bench.status().state, NodeState::holdover);
}

TEST_F(LedMember, IsDraggedAsSlowlyByALieOfManyHours) {
    learn();
    for (int minute = 1; minute <= 600; ++minute) {
        for (int s = 0; s < 60; s += 10) {
            bench.pass(10s);
            tell(gained(1min * minute, 130 * kPpm), 130 * kPpm);
        }
    }
    EXPECT_LE(dragged(), Duration{100ms} + gained(10h, Belief::kMostRun));
    EXPECT_GT(bench.tracking().corrections_refused, 0U);
}

// A machine moved to another host, or a master whose crystal changed, by what the bound allows.
TEST_F(LedMember, FollowsAMasterWhoseRateIsWithinTheAssumptions) {
    learn();
    for (int s = 1; s <= 7200; ++s) {
        bench.pass(1s);
        tell(gained(Duration{1s} * s, 100 * kPpm), 100 * kPpm, 100us);
    }
    EXPECT_EQ(bench.tracking().corrections_refused, 0U);
}

TEST_F(LedMember, FollowsAfterADayWithoutItsMaster) {
    learn();
    bench.pass(24h);
    bench.session = bench.last_join().session;
    EXPECT_TRUE(followed(gained(24h, 50 * kPpm)));
    bench.pass(1s);
    EXPECT_FALSE(followed(gained(24h, 50 * kPpm) + 110ms));
}

TEST_F(LedMember, BelievesNoRateBeyondThatOfOscillators) {
    EXPECT_FALSE(followed(0ns, 1001 * kPpm));
    EXPECT_TRUE(told_in_status("beyond 1000 ppm")) << bench.status().reason;
    EXPECT_FALSE(followed(0ns, -1001 * kPpm));
    EXPECT_FALSE(bench.status().offset.has_value());
    MemberBench other;
    other.get_in_touch();
    BoundedLine line = other.line(0ns);
    line.line.rate = 999 * kPpm;
    other.correct(line);
    EXPECT_EQ(other.tracking().corrections, 1U);
}

// ---- back again

TEST_F(LedMember, BelievesAgainWhatHasBeenBelievableForAWhile) {
    learn();
    ASSERT_FALSE(followed(1h));
    for (int i = 0; i < 3; ++i) {
        bench.pass(1s);
        EXPECT_FALSE(followed(0ns)) << i;
    }
    bench.pass(1s);
    EXPECT_FALSE(followed(0ns));  // long enough, and often enough only now
    bench.pass(1s);
    EXPECT_TRUE(followed(0ns));
    EXPECT_EQ(bench.reported(ReportKind::master_believed), 1U);
    EXPECT_FALSE(told_in_status("have not been believed")) << bench.status().reason;
    bench.pass(1s);
    EXPECT_EQ(bench.status().state, NodeState::synchronized);
}

TEST_F(LedMember, IsNotTakenToAndFro) {
    learn();
    const auto before = bench.tracking().corrections;
    for (int i = 0; i < 200; ++i) {
        bench.pass(500ms);
        tell(i % 2 == 0 ? Duration{1h} : 0ns);
    }
    EXPECT_EQ(bench.tracking().corrections, before);
    EXPECT_EQ(bench.reported(ReportKind::correction_refused), 1U);
    EXPECT_EQ(bench.reported(ReportKind::master_believed), 0U);
    EXPECT_LT(std::abs(dragged().count()), 1'000);
}

// ---- epochs and terms

TEST_F(LedMember, IsMovedByNewEpochsByAThousandSecondsInADay) {
    learn();
    bench.epoch = 2;
    EXPECT_FALSE(followed(1001s));
    EXPECT_TRUE(told_in_status("further than new epochs may")) << bench.status().reason;
    EXPECT_EQ(bench.status().epoch, 1U);
    bench.epoch = 1;
    tell_for(10s);
    bench.epoch = 2;
    EXPECT_TRUE(followed(600s));
    EXPECT_EQ(bench.status().epoch, 2U);
    ASSERT_EQ(bench.reports.back().kind, ReportKind::cluster_time_leapt);
    EXPECT_EQ(bench.reports.back().amount, Duration{600s});
    EXPECT_EQ(bench.reports.back().detail, "epoch 2");
    bench.epoch = 3;
    EXPECT_FALSE(followed(-600s));  // by 1200 s
    EXPECT_FALSE(followed(1100s));  // 500 s, but they add up
    bench.epoch = 2;
    for (int hour = 0; hour < 24; ++hour) {
        bench.pass(1h);
        bench.session = bench.last_join().session;
        tell(600s);
        tell_for(10s, 600s);
    }
    bench.epoch = 3;
    EXPECT_TRUE(followed(1100s)) << bench.status().reason;
}

TEST_F(LedMember, IsNotMovedFurtherByMoreEpochsThanThat) {
    learn();
    for (int i = 0; i < 5000; ++i) {  // each as if it were the first line of all, and a second off
        ++bench.epoch;
        bench.pass(100ms);
        tell(dragged() + 990ms);
    }
    EXPECT_LE(dragged(), Duration{1010s});
    EXPECT_LE(bench.reported(ReportKind::cluster_time_leapt), 1010U);
}

TEST_F(LedMember, SaysThatItsMasterIsOfAnEarlierTerm) {
    bench.term = 5;
    tell(0ns);
    bench.pass(1s);
    ASSERT_EQ(bench.status().state, NodeState::synchronized);
    bench.term = 4;
    for (int s = 0; s < 8; ++s) {
        bench.pass(1s);
        EXPECT_FALSE(followed(0ns));
    }
    bench.pass(1900ms);
    EXPECT_EQ(bench.status().state, NodeState::holdover);
    EXPECT_TRUE(told_in_status("earlier term or epoch")) << bench.status().reason;
    EXPECT_NE(bench.status().advice.find("state.json"), std::string::npos);
    // The master has its time to learn from its members; then it goes on record.
    EXPECT_EQ(bench.reported(ReportKind::correction_refused), 0U);
    bench.pass(1s);
    tell(0ns);
    bench.pass(1s);
    tell(0ns);
    EXPECT_EQ(bench.reported(ReportKind::correction_refused), 1U);
    EXPECT_EQ(bench.tracking().corrections_refused, 0U);
    EXPECT_EQ(bench.dropped().stale_term, 10U);
    bench.term = 6;
    EXPECT_TRUE(followed(0ns));
    EXPECT_EQ(bench.reported(ReportKind::master_believed), 1U);
}

TEST_F(LedMember, IsTakenSoManyTermsInADayAndNoMore) {
    tell(0ns);
    for (int i = 0; i < 100; ++i) {
        bench.term = bench.status().term + kMostAhead / 4;
        bench.tell(bench.next_poll(bench.session));
    }
    EXPECT_LE(bench.status().term, 1 + kMostAhead);
    EXPECT_GT(bench.status().term, kMostAhead / 2);
    bench.pass(24h);
    bench.session = bench.last_join().session;
    bench.term = bench.status().term + kMostAhead;
    tell(0ns);
    EXPECT_EQ(bench.status().term, bench.term);
}

// What its master says for an hour it says for good.
TEST_F(LedMember, GoesTowardsATermBeyondBeliefThatIsToldForAnHour) {
    tell(0ns);
    bench.term = 5 * kMostAhead;
    tell_for(59min);
    EXPECT_EQ(bench.status().term, 1U);
    tell_for(2min);
    EXPECT_EQ(bench.status().term, 1 + kMostAhead);
    tell_for(1h);
    EXPECT_EQ(bench.status().term, 1 + kMostAhead) << "a day's worth";
}

// It was told of epochs that never were, once: the next term begins its own count.
TEST_F(LedMember, IsNotLostForEverByOneFalseEpoch) {
    tell(0ns);
    bench.term = std::uint64_t{1} << 62;  // not taken for one
    bench.epoch = 1'000'000;
    ASSERT_TRUE(followed(0ns));
    bench.term = 1;
    bench.epoch = 1;
    EXPECT_FALSE(followed(0ns));
    bench.term = 2;  // restarted
    EXPECT_TRUE(followed(0ns));
    EXPECT_EQ(bench.status().epoch, 1U);
    bench.epoch = 0;
    EXPECT_FALSE(followed(0ns));  // within a term they do not fall
}

TEST_F(LedMember, ForgetsNoTermByACrash) {
    tell(0ns);
    const std::size_t saves = bench.saves;
    bench.term = 9;
    bench.tell(bench.next_poll(bench.session));
    EXPECT_EQ(bench.saves, saves + 1);
    bench.epoch = 2;
    tell(0ns);
    EXPECT_EQ(bench.saves, saves + 2);
    const SavedState saved = bench.node().saved_state(bench.now());
    MemberBench again(test::bench_settings("m1"), saved);
    again.term = 8;
    again.epoch = 2;
    again.get_in_touch();
    again.correct(again.line(0ns));
    EXPECT_EQ(again.tracking().corrections, 0U);
    EXPECT_EQ(again.dropped().stale_term, 1U);
    again.term = 9;
    again.epoch = 1;
    again.correct(again.line(0ns));
    EXPECT_EQ(again.dropped().stale_term, 2U);
    again.epoch = 2;
    again.correct(again.line(0ns));
    EXPECT_EQ(again.tracking().corrections, 1U);
}

TEST_F(LedMember, BelievesItsMasterAnewAfterARestartButForImpossibleEpochs) {
    learn();
    SavedState saved = bench.node().saved_state(bench.now());
    saved.line->line.anchor = RawTime{1};  // of this boot
    MemberBench again(test::bench_settings("m1"), saved);
    again.get_in_touch();
    ASSERT_TRUE(again.status().bound.has_value());
    again.epoch = std::uint64_t{1} << 40;
    again.correct(again.line(5h));
    EXPECT_EQ(again.tracking().corrections, 0U);
    again.epoch = 1;
    again.pass(5s);
    for (int i = 0; i < 6; ++i) {
        again.correct(again.line(5h));
        again.pass(1s);
    }
    EXPECT_GE(again.tracking().corrections, 1U);
    EXPECT_EQ(again.steps.size(), 1U);
}

// ---- its bound

Poll with_round_trip(MemberBench& bench) {
    return bench.next_poll_of(300us, 300us);
}

TEST_F(LedMember, PublishesNoSmallerBoundThanHalfOfItsLeastRoundTrip) {
    tell(0ns);
    bench.pass(1s);
    for (int i = 0; i < 3; ++i) {
        Poll poll = with_round_trip(bench);
        poll.correction = BoundedLine{{bench.raw(), honest(), 0}, 0ns, 0, 0ns};
        bench.tell(poll);
        bench.pass(1s);
    }
    bench.pass(59s);
    const Duration bound = *bench.status().bound;
    EXPECT_GE(bound, Duration{300us} + gained(1min, 2 * kRho));
    EXPECT_LE(bound, Duration{330us} + gained(1min, 2 * kRho + kTurnMargin));
}

TEST_F(LedMember, ALineDrawnFromTheFutureHasNoBoundThatShrinks) {
    BoundedLine ahead{{bench.raw() + 30min, honest() + 30min, 0}, 1us, 0.1, 0ns};
    bench.correct(ahead);
    Duration last = *bench.status().bound;
    for (int minute = 0; minute < 40; ++minute) {
        bench.pass(1min);
        EXPECT_GE(*bench.status().bound, last);
        last = *bench.status().bound;
    }
}

// ---- a master that feigns

// By its stamps its raw clock has gone `by` further than ours: as if this machine had been restored
// from an old image.
void feign(MemberBench& bench, ClusterTime honest, Duration by) {
    Poll poll = with_round_trip(bench);
    poll.last_sent = poll.last_sent + by;
    poll.last_received = poll.last_received + by;
    poll.correction = BoundedLine{{bench.raw(), honest + by, 0}, 1ms, 120 * kPpm, 1us};
    bench.tell(poll);
}

TEST_F(LedMember, IsLedOnByNoFeignedJumpOfMoreThanAThousandSeconds) {
    learn();
    for (int i = 0; i < 20; ++i) {
        bench.tell(with_round_trip(bench));
        bench.pass(1s);
    }
    for (int i = 0; i < 20; ++i) {
        feign(bench, honest(), 1h);
        bench.pass(1s);
    }
    EXPECT_EQ(bench.reported(ReportKind::raw_clock_broken), 0U);
    EXPECT_LT(std::abs(dragged().count()), 1'000'000);
    EXPECT_EQ(bench.status().state, NodeState::holdover);
}

TEST_F(LedMember, StartsAnewWhenItsRawClockHasJumpedByLess) {
    learn();
    for (int i = 0; i < 20; ++i) {
        bench.tell(with_round_trip(bench));
        bench.pass(1s);
    }
    for (int i = 0; i < 20 && bench.reported(ReportKind::raw_clock_broken) == 0; ++i) {
        feign(bench, honest(), 600s);
        bench.pass(1s);
    }
    ASSERT_EQ(bench.reported(ReportKind::raw_clock_broken), 1U);
    bench.pass(10s);
    bench.session = bench.last_join().session;
    EXPECT_FALSE(followed(1200s));  // it said something else before
    for (int i = 0; i < 6; ++i) {
        bench.pass(1s);
        tell(600s);
    }
    EXPECT_NEAR(as_seconds(dragged()), 600, 0.001);
    EXPECT_EQ(bench.reported(ReportKind::cluster_time_leapt), 1U);
    bench.pass(1s);
    bench.epoch = 2;
    EXPECT_FALSE(followed(1100s));  // another 500 s would be more than those of a day
}

TEST_F(LedMember, TakesABrokenRawClockForANewBeginning) {
    learn();
    bench.feed(RawClockBroken{bench.now(), "suspended"});
    bench.pass(1s);
    bench.session = bench.last_join().session;
    EXPECT_TRUE(followed(5h));
}

TEST(Disbelief, EachHasWordsAndAdvice) {
    for (int why = 0; why <= static_cast<int>(Disbelief::leaps); ++why) {
        EXPECT_GT(to_text(static_cast<Disbelief>(why)).size(), 10U);
        EXPECT_NE(advice(static_cast<Disbelief>(why), "m0").find("m0"), std::string::npos);
    }
}

}  // namespace
}  // namespace berkeley
