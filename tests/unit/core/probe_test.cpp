// Exchanges and the four stamps they are made of.
#include "daemon/core/measure/probe.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr RawTime kSent{1'000'000'000};
constexpr RawTime kPeerReceived{50'000'100'000};
constexpr RawTime kPeerSent{50'000'140'000};
constexpr RawTime kReceived{1'000'300'000};

RawStamp by_kernel(RawTime at, Duration error = 0ns) {
    return {at, error, StampSource::kernel};
}
RawStamp by_program(RawTime at, Duration error = 0ns) {
    return {at, error, StampSource::program};
}

Exchange good_exchange() {
    return {kSent, kPeerReceived, kPeerSent, kReceived, 0ns};
}

// A probe whose poll `sequence` has left and was answered.
Probe answered_probe(Sequence sequence) {
    Probe probe;
    probe.begin(sequence);
    probe.sent(sequence, by_kernel(kSent));
    EXPECT_TRUE(probe.answered(sequence, kPeerReceived, by_kernel(kReceived)));
    return probe;
}

TEST(Exchange, TheRangeIsWhatCausalityLeaves) {
    // The true offset is 49 s: 100 µs there, 160 µs back.
    const Exchange exchange = good_exchange();
    EXPECT_EQ(exchange.round_trip(), 260us);
    const OffsetRange all = exchange.offset_range(0ns);
    EXPECT_EQ(all.low, Duration{49s} - 160us);
    EXPECT_EQ(all.high, Duration{49s} + 100us);
    const OffsetRange less = exchange.offset_range(90us);
    EXPECT_EQ(less.low, Duration{49s} - 70us);
    EXPECT_EQ(less.high, Duration{49s} + 10us);
    EXPECT_TRUE(less.holds(49s));
    EXPECT_FALSE(less.holds(Duration{49s} + 11us));
    EXPECT_FALSE(less.holds(Duration{49s} - 71us));
    EXPECT_EQ(exchange.middle(), kSent + 150us);
}

TEST(Exchange, TheStampsErrorWidensTheRangeOnBothSides) {
    Exchange exchange = good_exchange();
    exchange.error = 5us;
    EXPECT_EQ(exchange.offset_range(0ns).low, Duration{49s} - 165us);
    EXPECT_EQ(exchange.offset_range(0ns).high, Duration{49s} + 105us);
}

TEST(Exchange, ImpossibleOnesAreNotPlausible) {
    EXPECT_TRUE(good_exchange().plausible());
    Exchange back_before_sent = good_exchange();
    back_before_sent.received = kSent - 1ns;
    EXPECT_FALSE(back_before_sent.plausible());
    Exchange peer_backwards = good_exchange();
    peer_backwards.peer_sent = kPeerReceived - 1ns;
    EXPECT_FALSE(peer_backwards.plausible());
    Exchange answered_longer_than_it_took = good_exchange();
    answered_longer_than_it_took.peer_sent = kPeerReceived + 301us;
    EXPECT_FALSE(answered_longer_than_it_took.plausible());
    answered_longer_than_it_took.error = 1us;
    EXPECT_TRUE(answered_longer_than_it_took.plausible());
    Exchange slow = good_exchange();
    slow.received = kSent + 10s;
    EXPECT_FALSE(slow.plausible());
}

TEST(Probe, TellsEarlyWhatTheReplyAloneProves) {
    Probe probe = answered_probe(5);
    const auto exchange = probe.early(5, kPeerSent - 20us, 0ns);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(exchange->peer_sent, kPeerSent - 20us);
    EXPECT_EQ(exchange->offset_range(0ns).high, good_exchange().offset_range(0ns).high);
    EXPECT_EQ(exchange->offset_range(0ns).low, good_exchange().offset_range(0ns).low - 20us);
    EXPECT_TRUE(probe.complete(5, kPeerSent, 0ns)) << "it is complete all the same";
}

TEST(Probe, TellsNothingEarlyOfWhatHasNotLeftOrWasNotAnswered) {
    Probe probe;
    probe.begin(5);
    EXPECT_FALSE(probe.early(5, kPeerSent, 0ns));
    EXPECT_TRUE(probe.answered(5, kPeerReceived, by_kernel(kReceived)));
    EXPECT_FALSE(probe.early(5, kPeerSent, 0ns)) << "when our poll left is not known yet";
    EXPECT_FALSE(answered_probe(5).early(4, kPeerSent, 0ns));
}

// A reading from before the poll came is none of this reply's.
TEST(Probe, BelievesNoReadingFromBeforeThePoll) {
    const auto exchange = answered_probe(5).early(5, kPeerReceived - 7s, 0ns);
    ASSERT_TRUE(exchange);
    EXPECT_EQ(exchange->peer_sent, kPeerReceived);
}

TEST(Probe, FourStampsMakeAnExchange) {
    Probe probe;
    probe.begin(7);
    probe.sent(7, by_kernel(kSent, 1ns));
    EXPECT_TRUE(probe.answered(7, kPeerReceived, by_kernel(kReceived, 20ns)));
    const auto exchange = probe.complete(7, kPeerSent, 300ns);
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ(exchange->sent, kSent);
    EXPECT_EQ(exchange->peer_received, kPeerReceived);
    EXPECT_EQ(exchange->peer_sent, kPeerSent);
    EXPECT_EQ(exchange->received, kReceived);
    EXPECT_EQ(exchange->error, 321ns);
}

TEST(Probe, AnExchangeIsHadOnlyOnce) {
    Probe probe = answered_probe(7);
    EXPECT_TRUE(probe.complete(7, kPeerSent, 0ns).has_value());
    EXPECT_FALSE(probe.complete(7, kPeerSent, 0ns).has_value());
    EXPECT_FALSE(probe.answered(7, kPeerReceived, by_kernel(kReceived)));
}

TEST(Probe, AnAnswerIsTakenOnce) {
    Probe probe = answered_probe(7);
    EXPECT_FALSE(probe.answered(7, kPeerReceived + 1s, by_kernel(kReceived + 1s)));
    EXPECT_EQ(probe.complete(7, kPeerSent, 0ns)->received, kReceived);
}

TEST(Probe, AnswersToNoQuestionAreRefused) {
    Probe probe;
    EXPECT_FALSE(probe.answered(0, kPeerReceived, by_kernel(kReceived)));
    EXPECT_FALSE(probe.answered(3, kPeerReceived, by_kernel(kReceived)));
    probe.begin(7);
    EXPECT_FALSE(probe.answered(3, kPeerReceived, by_kernel(kReceived)));  // same place as 7
    EXPECT_FALSE(probe.answered(11, kPeerReceived, by_kernel(kReceived)));
    EXPECT_TRUE(probe.answered(7, kPeerReceived, by_kernel(kReceived)));
}

TEST(Probe, WithoutEveryStampThereIsNoExchange) {
    Probe unsent;
    unsent.begin(1);
    EXPECT_TRUE(unsent.answered(1, kPeerReceived, by_kernel(kReceived)));
    EXPECT_FALSE(unsent.complete(1, kPeerSent, 0ns).has_value());
    Probe unanswered;
    unanswered.begin(1);
    unanswered.sent(1, by_kernel(kSent));
    EXPECT_FALSE(unanswered.complete(1, kPeerSent, 0ns).has_value());
}

TEST(Probe, TheKernelsStampReplacesTheProgramsAndNotTheOtherWay) {
    Probe probe;
    probe.begin(1);
    probe.sent(1, by_program(kSent - 50us));
    probe.sent(1, by_kernel(kSent));
    probe.sent(1, by_program(kSent + 50us));
    EXPECT_TRUE(probe.answered(1, kPeerReceived, by_kernel(kReceived)));
    EXPECT_EQ(probe.complete(1, kPeerSent, 0ns)->sent, kSent);
}

TEST(Probe, ImplausibleExchangesAreDropped) {
    Probe probe = answered_probe(1);
    EXPECT_FALSE(probe.complete(1, kPeerReceived + 1s, 0ns).has_value());
}

TEST(Probe, FourPollsMayBeUnderWayAndTheFifthReplacesTheOldest) {
    Probe probe;
    for (Sequence sequence = 1; sequence <= 5; ++sequence) {
        probe.begin(sequence);
        probe.sent(sequence, by_kernel(kSent));
    }
    EXPECT_FALSE(probe.answered(1, kPeerReceived, by_kernel(kReceived)));
    for (Sequence sequence = 2; sequence <= 5; ++sequence) {
        EXPECT_TRUE(probe.answered(sequence, kPeerReceived, by_kernel(kReceived)));
        EXPECT_TRUE(probe.complete(sequence, kPeerSent, 0ns).has_value());
    }
}

}  // namespace
}  // namespace berkeley
