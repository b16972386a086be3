// Stamps of whole milliseconds, and what they tell.
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ctl/clockdiff/stamp_difference.hpp"
#include "ctl/clockdiff/timestamp_message.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kDayNs = kMsOfDay * kMs;
constexpr std::int64_t kNow = 1'790'000'000'000'000'000;

// ---- the message

std::vector<std::uint8_t> packet_of(std::vector<std::uint8_t> message) {
    std::vector<std::uint8_t> packet(20, 0);
    packet[0] = 0x45;
    packet.insert(packet.end(), message.begin(), message.end());
    return packet;
}

// As RFC 792 has it, with its checksum worked out by hand.
const std::vector<std::uint8_t> kReply{14,   0,    0x7a, 0x3a, 0x12, 0x34, 0x00, 0x07, 0x00, 0x00,
                                       0x03, 0xe8, 0x03, 0x0a, 0x11, 0x12, 0x52, 0x65, 0x00, 0x00};

std::vector<std::uint8_t> with_checksum(std::vector<std::uint8_t> message) {
    message[2] = message[3] = 0;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < message.size(); i += 2)
        sum += static_cast<std::uint32_t>(message[i] << 8 | message[i + 1]);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    message[2] = static_cast<std::uint8_t>((~sum >> 8) & 0xff);
    message[3] = static_cast<std::uint8_t>(~sum & 0xff);
    return message;
}

TEST(TimestampMessage, ARequestIsAsRfc792HasIt) {
    const auto bytes = encode(TimestampRequest{0x1234, 0x0007, 0x03e8});
    const std::vector<std::uint8_t> plain{13,   0,    0, 0, 0x12, 0x34, 0, 7, 0, 0,
                                          0x03, 0xe8, 0, 0, 0,    0,    0, 0, 0, 0};
    EXPECT_EQ(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), with_checksum(plain));
    EXPECT_EQ(bytes[2], 0xdc);  // 0xffff − (0x0d00 + 0x1234 + 0x0007 + 0x03e8)
    EXPECT_EQ(bytes[3], 0xdc);
}

TEST(TimestampMessage, AReplyIsRead) {
    const auto reply = timestamp_reply(packet_of(with_checksum(kReply)));
    ASSERT_TRUE(reply);
    EXPECT_EQ(*reply, (TimestampReply{0x1234, 7, 0x3e8, 0x030a1112, 0x52650000}));
    std::vector<std::uint8_t> with_options = packet_of(with_checksum(kReply));
    with_options[0] = 0x46;
    with_options.insert(with_options.begin() + 20, {1, 1, 1, 0});
    EXPECT_EQ(timestamp_reply(with_options), reply);
}

TEST(TimestampMessage, WhatIsNoSoundReplyIsNone) {
    const std::vector<std::uint8_t> good = packet_of(with_checksum(kReply));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(timestamp_reply(std::span(good).first(size))) << size;
    for (std::size_t bit = 160; bit < 8 * good.size(); ++bit) {
        std::vector<std::uint8_t> bad = good;
        bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        EXPECT_FALSE(timestamp_reply(bad)) << bit;
    }
    for (const std::uint8_t first :
         std::initializer_list<std::uint8_t>{0x65, 0x44, 0x40, 0x4f, 0x00}) {
        std::vector<std::uint8_t> bad = good;
        bad[0] = first;
        EXPECT_FALSE(timestamp_reply(bad)) << int{first};
    }
    std::vector<std::uint8_t> request = kReply;
    request[0] = 13;
    EXPECT_FALSE(timestamp_reply(packet_of(with_checksum(request))));
}

RC_GTEST_PROP(TimestampMessageProperty, AnyBytesAreReadWithoutHarm,
              (const std::vector<std::uint8_t>& bytes)) {
    timestamp_reply(bytes);
    timestamp_reply(packet_of(bytes));
}

// ---- the estimate

// A host whose clock is `offset` ahead, over ways of `least` and exponential jitter.
struct Played {
    std::int64_t offset = 0;
    std::int64_t least = 80'000;
    double jitter = 30'000;
    std::int64_t began = kNow;
    std::mt19937_64 random{1};

    StampedExchange exchange(std::size_t probe) {
        std::exponential_distribution<double> more(1 / jitter);
        const auto way = [&] { return least + static_cast<std::int64_t>(more(random)); };
        const std::int64_t sent =
            began + static_cast<std::int64_t>(probe) * 20 * kMs + phase_ns(probe);
        const std::int64_t there = sent + way();
        const std::int64_t left = there + 5'000;
        return {sent, left + way(), stamp(there), stamp(left)};
    }
    TimestampMs stamp(std::int64_t ours) const {
        const std::int64_t of_day = ((ours + offset) % kDayNs + kDayNs) % kDayNs;
        return static_cast<TimestampMs>(of_day / kMs);
    }
    DifferenceEstimate after(std::size_t probes) {
        DifferenceEstimate estimate;
        for (std::size_t i = 0; i < probes; ++i)
            EXPECT_EQ(estimate.add(exchange(i)), DifferenceEstimate::Verdict::good);
        return estimate;
    }
};

void expect_found(Played played, std::int64_t within) {
    const auto difference = played.after(50).difference();
    ASSERT_TRUE(difference);
    EXPECT_LE(std::abs(difference->offset_ns - played.offset), difference->error_ns);
    EXPECT_LT(difference->error_ns, within);
}

TEST(StampDifference, FiftyProbesTellFarLessThanAMillisecond) {
    for (const std::int64_t offset : {0L, 123'456L, -700'000L, 1'500'000L, -5'000'000'000L})
        expect_found({.offset = offset}, 200'000);
    DifferenceEstimate one = Played{.offset = 123'456}.after(1);
    EXPECT_GT(one.difference()->error_ns, 500'000) << "one alone does not";
}

TEST(StampDifference, OverMidnightAndFarFromIt) {
    const std::int64_t midnight = kNow - kNow % kDayNs + kDayNs;
    for (const std::int64_t offset : {0L, 300'000L, -300'000L, 4'000'000'000L, -4'000'000'000L}) {
        expect_found({.offset = offset, .began = midnight - 500 * kMs}, 200'000);
        expect_found({.offset = offset, .began = midnight - 2000 * kMs}, 200'000);
    }
    for (const std::int64_t hours : {11, -11})
        expect_found({.offset = hours * 3600 * 1000 * kMs}, 200'000);
    // Dates are not told: a day more is no difference.
    const auto a_day = Played{.offset = kDayNs + 5 * kMs}.after(50).difference();
    EXPECT_NEAR(static_cast<double>(a_day->offset_ns), 5e6, 2e5);
}

TEST(StampDifference, AClockThatIsSetMeanwhileIsNoticed) {
    Played played;
    DifferenceEstimate estimate = played.after(20);
    EXPECT_FALSE(estimate.contradicts());
    played.offset = 30 * kMs;
    estimate.add(played.exchange(21));
    EXPECT_TRUE(estimate.contradicts());
    EXPECT_FALSE(estimate.difference());
}

TEST(StampDifference, StampsThatAreNoneAreLeftOut) {
    DifferenceEstimate estimate;
    StampedExchange exchange = Played{}.exchange(0);
    exchange.receive |= kNonStandard;
    EXPECT_EQ(estimate.add(exchange), DifferenceEstimate::Verdict::non_standard);
    exchange.receive = static_cast<TimestampMs>(kMsOfDay);
    EXPECT_EQ(estimate.add(exchange), DifferenceEstimate::Verdict::senseless);
    exchange = Played{}.exchange(0);
    exchange.received_ns = exchange.sent_ns - 1;
    EXPECT_EQ(estimate.add(exchange), DifferenceEstimate::Verdict::senseless);
    EXPECT_EQ(estimate.exchanges(), 0U);
    EXPECT_FALSE(estimate.difference());
}

TEST(StampDifference, PhasesAreSpreadOverTheMillisecond) {
    std::vector<std::int64_t> phases;
    for (std::size_t i = 100; i < 150; ++i)
        phases.push_back(phase_ns(i));
    std::sort(phases.begin(), phases.end());
    for (std::size_t i = 1; i < phases.size(); ++i)
        EXPECT_LT(phases[i] - phases[i - 1], 40'000);
}

RC_GTEST_PROP(StampDifferenceProperty, TheRangeHoldsTheTruth, ()) {
    Played played;
    played.offset =
        *rc::gen::inRange<std::int64_t>(-kDayNs / 2 + 1'000 * kMs, kDayNs / 2 - 1'000 * kMs);
    played.began = kNow + *rc::gen::inRange<std::int64_t>(0, kDayNs);
    played.random.seed(*rc::gen::arbitrary<std::uint64_t>());
    const auto difference = played.after(10).difference();
    RC_ASSERT(difference.has_value());
    RC_ASSERT(std::abs(difference->offset_ns - played.offset) <= difference->error_ns);
}

}  // namespace
}  // namespace berkeley::ctl
