// What a receiver does not take.
#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/core/wire/codec.hpp"
#include "tests/unit/core/codec_layout.hpp"

namespace berkeley {
namespace {

using namespace test;

TEST(Codec, WhatWitnessesSayIsRefusedOutsideItsLimits) {
    expect_error(with_byte(test::sample_inquiry(), inquiry_at::judgement, 3),
                 DecodeError::malformed);
    expect_error(with_byte(test::sample_inquiry(), inquiry_at::has_certificate, 2),
                 DecodeError::malformed);
    expect_error(with_byte(test::sample_inquiry(), inquiry_at::name_length, 0),
                 DecodeError::malformed);
    expect_error(with_byte(test::sample_sighting(), sighting_at::has_told, 2),
                 DecodeError::malformed);
    expect_error(with_number(test::sample_sighting(), sighting_at::cluster, kEnd<ClusterClock>),
                 DecodeError::malformed);
    expect_error(with_number(test::sample_sighting(), sighting_at::bound, -1),
                 DecodeError::malformed);
}

TEST(Codec, WhatElectsIsRefusedOutsideItsLimits) {
    for (const Message& message :
         {Message{test::sample_vote_wanted()}, Message{test::sample_vote_answer()}}) {
        expect_error(with_byte(message, vote_at::binding, 2), DecodeError::malformed);
        expect_error(with_number(message, vote_at::asked_at, -1), DecodeError::malformed);
    }
    expect_error(with_number(test::sample_vote_wanted(), vote_at::promise, -1),
                 DecodeError::malformed);
    expect_error(with_byte(test::sample_vote_wanted(), vote_at::wanted_fitness, 3),
                 DecodeError::malformed);
    expect_error(with_byte(test::sample_vote_answer(), vote_at::answer_fitness, 3),
                 DecodeError::malformed);
    expect_error(with_byte(sample_reply(), reply_at::promises, 2), DecodeError::malformed);
    expect_error(with_byte(sample_reply(), reply_at::fitness, 3), DecodeError::malformed);
    expect_error(with_byte(sample_reply(), reply_at::distrusts, 2), DecodeError::malformed);
}

TEST(Codec, EveryOtherLengthIsRefused) {
    for (const Message& message : test::sample_messages()) {
        const Datagram datagram = encode(sample_header(), message);
        std::vector<std::uint8_t> bytes(datagram.begin(), datagram.end());
        bytes.resize(2048);
        for (std::size_t size = 0; size <= bytes.size(); ++size) {
            if (size == kDatagramSize)
                continue;
            const std::vector<std::uint8_t> cut(bytes.begin(),
                                                bytes.begin() + static_cast<std::ptrdiff_t>(size));
            expect_error(cut, DecodeError::wrong_size);
            ASSERT_EQ(decode_header(cut).error(), DecodeError::wrong_size);
        }
    }
}

TEST(Codec, OtherProtocolsAndVersionsAreNotOurs) {
    for (std::size_t at = 0; at < 5; ++at) {
        Datagram datagram = encode(sample_header(), sample_leave());
        datagram[at] ^= 0x20;
        expect_error(datagram, DecodeError::not_ours);
        EXPECT_EQ(decode_header(datagram).error(), DecodeError::not_ours);
    }
}

TEST(Codec, UnknownTypesAreMalformed) {
    for (int type = 0; type < 256; ++type) {
        const auto decoded = decode(with_byte(Leave{}, 5, static_cast<std::uint8_t>(type)));
        // A body of zeros is good for all but a Join, an Enrol, an Inquiry and a RosterAsk, which
        // need a name.
        EXPECT_EQ(decoded.has_value(),
                  type >= 2 && type <= 18 && type != 7 && type != 13 && type != 16)
            << type;
    }
}

TEST(Codec, InstantsMustBePlausible) {
    for (const auto& [message, at] :
         {std::pair<Message, std::size_t>{sample_poll(), poll_at::anchor},
          {sample_poll(), poll_at::last_sent},
          {sample_reply(), reply_at::raw}}) {
        EXPECT_TRUE(decode(with_number(message, at, 0)).has_value());
        EXPECT_TRUE(decode(with_number(message, at, kEnd<RawClock> - 1)).has_value());
        expect_error(with_number(message, at, kEnd<RawClock>), DecodeError::malformed);
        expect_error(with_number(message, at, -1), DecodeError::malformed);
        expect_error(with_number(message, at, INT64_MIN), DecodeError::malformed);
    }
    for (const auto& [message, at] :
         {std::pair<Message, std::size_t>{sample_poll(), poll_at::cluster},
          {sample_reply(), reply_at::system},
          {sample_reply(), reply_at::claim_cluster}}) {
        EXPECT_TRUE(decode(with_number(message, at, kEnd<SystemClock> - 1)).has_value());
        expect_error(with_number(message, at, kEnd<SystemClock>), DecodeError::malformed);
        expect_error(with_number(message, at, -1), DecodeError::malformed);
    }
}

TEST(Codec, RatesLieWithinTwentyPercent) {
    constexpr std::int64_t kLimit = 200'000'000'000'000'000;
    for (const auto& [message, at] : {std::pair<Message, std::size_t>{sample_poll(), poll_at::rate},
                                      {sample_reply(), reply_at::system_rate}}) {
        EXPECT_TRUE(decode(with_number(message, at, kLimit)).has_value());
        EXPECT_TRUE(decode(with_number(message, at, -kLimit)).has_value());
        expect_error(with_number(message, at, kLimit + 1000), DecodeError::malformed);
        expect_error(with_number(message, at, -kLimit - 1000), DecodeError::malformed);
        expect_error(with_number(message, at, INT64_MIN), DecodeError::malformed);
    }
    EXPECT_TRUE(decode(with_number(sample_poll(), poll_at::growth, 0)).has_value());
    expect_error(with_number(sample_poll(), poll_at::growth, -1000), DecodeError::malformed);
    expect_error(with_number(sample_poll(), poll_at::growth, kLimit + 1000),
                 DecodeError::malformed);
}

TEST(Codec, DurationsAreNeverNegativeAndEndAtThirtySixYears) {
    constexpr std::int64_t kLongest = std::int64_t{1} << 60;
    for (const auto& [message, at] :
         {std::pair<Message, std::size_t>{sample_poll(), poll_at::next_poll},
          {sample_poll(), poll_at::bound},
          {sample_poll(), poll_at::sigma},
          {sample_reply(), reply_at::stamp_error},
          {sample_reply(), reply_at::claim_bound},
          {sample_reply(), reply_at::claim_sigma}}) {
        EXPECT_TRUE(decode(with_number(message, at, kLongest)).has_value());
        expect_error(with_number(message, at, kLongest + 1), DecodeError::malformed);
        expect_error(with_number(message, at, -1), DecodeError::malformed);
    }
}

TEST(Codec, FlagsAndChoicesTakeNoOtherValue) {
    for (const std::uint8_t value : std::initializer_list<std::uint8_t>{2, 3, 128, 255}) {
        expect_error(with_byte(sample_join(), join_at::votes, value), DecodeError::malformed);
        expect_error(with_byte(sample_poll(), poll_at::has_correction, value),
                     DecodeError::malformed);
        expect_error(with_byte(sample_reply(), reply_at::votes, value), DecodeError::malformed);
        expect_error(with_byte(sample_reply(), reply_at::has_claim, value), DecodeError::malformed);
    }
    for (const std::size_t charge : {poll_at::charge, poll_at::master_charge}) {
        EXPECT_TRUE(decode(with_byte(sample_poll(), charge, 14)).has_value());
        expect_error(with_byte(sample_poll(), charge, 15), DecodeError::malformed);
    }
    expect_error(with_byte(sample_poll(), poll_at::has_clock, 2), DecodeError::malformed);
    expect_error(with_byte(sample_join(), join_at::has_certificate, 2), DecodeError::malformed);
    expect_error(with_byte(sample_join(), join_at::certified_votes, 2), DecodeError::malformed);
    const Refusal refusal = test::sample_refusal();
    EXPECT_TRUE(decode(with_byte(refusal, kBody + 8, 7)).has_value());
    expect_error(with_byte(refusal, kBody + 8, 8), DecodeError::malformed);
    const Admission admission = test::sample_admission();
    EXPECT_TRUE(decode(with_byte(admission, admission_at::outcome, 5)).has_value());
    expect_error(with_byte(admission, admission_at::outcome, 6), DecodeError::malformed);
    expect_error(with_byte(admission, admission_at::has_certificate, 2), DecodeError::malformed);
}

TEST(Codec, DifferencesMayBeNegativeAndAreLimited) {
    constexpr std::int64_t kLongest = std::int64_t{1} << 60;
    for (const std::size_t at : {poll_at::amount, poll_at::clock_offset}) {
        for (const std::int64_t edge : {-kLongest, kLongest}) {
            EXPECT_TRUE(decode(with_number(sample_poll(), at, edge)).has_value());
            expect_error(with_number(sample_poll(), at, edge + (edge < 0 ? -1 : 1)),
                         DecodeError::malformed);
        }
    }
    Poll poll = sample_poll();
    poll.bulletin.verdict.amount = INT64_MIN;
    const auto decoded = decode(encode(sample_header(), poll));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(std::get<Poll>(decoded->message).bulletin.verdict.amount, -kLongest);
}

TEST(Codec, NamesMustBeValid) {
    for (const std::uint8_t length :
         std::initializer_list<std::uint8_t>{0, 22, 64, 247, 248, 255}) {
        expect_error(with_byte(sample_join(), join_at::name_length, length),
                     DecodeError::malformed);
        expect_error(with_byte(test::sample_enrol(), enrol_at::name_length, length),
                     DecodeError::malformed);
    }
    Join without = sample_join();
    without.cookie = 0;
    without.certificate.reset();
    without.name = *NodeName::from("r");
    EXPECT_TRUE(decode(with_byte(without, join_at::name_length, 1)).has_value());
    for (const std::uint8_t c :
         std::initializer_list<std::uint8_t>{0, ' ', '/', '\n', 0x7f, 0xc3}) {
        expect_error(with_byte(sample_join(), join_at::name + 3, c), DecodeError::malformed);
    }
}

TEST(Codec, WritingKeepsDurationsAndGrowthWithinWhatAReceiverTakes) {
    Poll poll = sample_poll();
    poll.next_poll = -5ns;
    poll.correction->bound = Duration::max();
    poll.correction->bound_growth = 3;
    const auto decoded = decode(encode(sample_header(), poll));
    ASSERT_TRUE(decoded.has_value());
    const auto& read = std::get<Poll>(decoded->message);
    EXPECT_EQ(read.next_poll, 0ns);
    EXPECT_EQ(read.correction->bound.count(), std::int64_t{1} << 60);
    EXPECT_DOUBLE_EQ(read.correction->bound_growth, 0.2);
}

}  // namespace
}  // namespace berkeley
