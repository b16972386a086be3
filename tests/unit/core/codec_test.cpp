#include "daemon/core/wire/codec.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include <boost/endian/conversion.hpp>
#include <gtest/gtest.h>

#include "tests/support/sample_messages.hpp"

namespace berkeley {
namespace {

using test::sample_header;
using test::sample_join;
using test::sample_leave;
using test::sample_poll;
using test::sample_reply;

// Where fields lie in a datagram, written down apart from the codec: berkeleyd-protocol(7).
constexpr std::size_t kBody = 40;
namespace join_at {
constexpr std::size_t votes = kBody + 16, name_length = kBody + 17, name = kBody + 18,
                      cookie = name + 13, has_certificate = cookie + 8, key = has_certificate + 1,
                      issuer = key + 32, certified_votes = issuer + 8, serial = certified_votes + 1,
                      signature = serial + 8;
}
namespace enrol_at {
constexpr std::size_t invitation = kBody, nonce = kBody + 8, name_length = kBody + 16,
                      key = kBody + 17 + 13;
}
namespace admission_at {
constexpr std::size_t outcome = kBody + 8, has_certificate = kBody + 9, key = kBody + 10;
}
namespace poll_at {
constexpr std::size_t next_poll = kBody + 24, last_sent = kBody + 40, charge = kBody + 56,
                      amount = kBody + 57, probation = kBody + 65, members = kBody + 73,
                      expected = kBody + 77, master_charge = kBody + 79, has_clock = kBody + 96,
                      clock_offset = kBody + 97, has_correction = kBody + 113, anchor = kBody + 114,
                      cluster = kBody + 122, rate = kBody + 130, bound = kBody + 138,
                      growth = kBody + 146, sigma = kBody + 154, rate_sigma = kBody + 162,
                      has_move = kBody + 170, move = kBody + 171;
}
namespace reply_at {
constexpr std::size_t stamp_error = kBody + 48, raw = kBody + 56, system = kBody + 64,
                      system_rate = kBody + 72, votes = kBody + 80, floor = kBody + 82,
                      has_claim = kBody + 90, claim_cluster = kBody + 91, claim_bound = kBody + 99,
                      claim_sigma = kBody + 107, claim_rate = kBody + 115,
                      claim_rate_sigma = kBody + 123, has_standing = kBody + 131,
                      voted = kBody + 132, promises = kBody + 140, fitness = kBody + 141,
                      distrusts = kBody + 142, has_move = kBody + 143, move = kBody + 144;
}
namespace move_at {  // behind where it begins
constexpr std::size_t epoch = 8, at = 16, by = 24, way = 32, decided = 33, accepted = 34;
}
namespace inquiry_at {
constexpr std::size_t name_length = kBody + 8, cookie = name_length + 14,
                      has_certificate = cookie + 8, key = has_certificate + 1,
                      opinion_term = key + kCompactCertificateSize, judgement = opinion_term + 8;
}
namespace sighting_at {
constexpr std::size_t has_told = kBody + 8, term = has_told + 1, epoch = term + 8,
                      cluster = epoch + 8, bound = cluster + 8;
}
namespace vote_at {
constexpr std::size_t binding = kBody + 8, asked_at = kBody + 9, promise = kBody + 17,
                      wanted_fitness = kBody + 25, granted = kBody + 17, known = kBody + 18,
                      answer_fitness = kBody + 26;
}

Datagram with_number(const Message& message, std::size_t at, std::int64_t value) {
    Datagram datagram = encode(sample_header(), message);
    boost::endian::store_big_s64(datagram.data() + at, value);
    return datagram;
}

Datagram with_byte(const Message& message, std::size_t at, std::uint8_t value) {
    Datagram datagram = encode(sample_header(), message);
    datagram[at] = value;
    return datagram;
}

void expect_error(std::span<const std::uint8_t> bytes, DecodeError error) {
    const auto decoded = decode(bytes);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error(), error);
}

std::int64_t number_at(const Datagram& datagram, std::size_t at) {
    return boost::endian::load_big_s64(datagram.data() + at);
}

TEST(Codec, EveryMessageComesBackAsItWasSent) {
    for (const Message& message : test::sample_messages()) {
        const auto decoded = decode(encode(sample_header(), message));
        ASSERT_TRUE(decoded.has_value()) << message.index();
        EXPECT_TRUE(test::same(decoded->header, sample_header()));
        EXPECT_TRUE(test::same(decoded->message, message)) << message.index();
    }
}

TEST(Codec, DatagramsBeginWithMagicVersionAndType) {
    const std::vector<Message> kinds{sample_join(),
                                     sample_poll(),
                                     sample_reply(),
                                     sample_leave(),
                                     test::sample_retry(),
                                     test::sample_refusal(),
                                     test::sample_enrol(),
                                     test::sample_admission(),
                                     test::sample_vote_wanted(),
                                     test::sample_vote_answer(),
                                     test::sample_release(),
                                     test::sample_direction(),
                                     test::sample_inquiry(),
                                     test::sample_sighting()};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const Datagram datagram = encode(sample_header(), kinds[i]);
        const std::vector<std::uint8_t> begin(datagram.begin(), datagram.begin() + 8);
        const auto type = static_cast<std::uint8_t>(i + 1);
        EXPECT_EQ(begin, (std::vector<std::uint8_t>{'B', 'K', 'L', 'Y', 4, type, 0, 0}));
        EXPECT_EQ(number_at(datagram, 8), 0x0102030405060708);
        EXPECT_EQ(number_at(datagram, 16), 0x1112131415161718);
        EXPECT_EQ(number_at(datagram, 24), 0x2122232425262728);
        EXPECT_EQ(number_at(datagram, 32), 0x3132333435363738);
    }
}

TEST(Codec, FieldsLieWhereTheProtocolSays) {
    const Datagram poll = encode(sample_header(), sample_poll());
    EXPECT_EQ(number_at(poll, poll_at::next_poll), 3'230'000'000);
    EXPECT_EQ(poll[poll_at::charge], 11);
    EXPECT_EQ(number_at(poll, poll_at::amount), -320'010'000);
    EXPECT_EQ(number_at(poll, poll_at::probation), 35'000'000'000);
    EXPECT_EQ(poll[poll_at::members], 0x12);
    EXPECT_EQ(poll[poll_at::expected + 1], 0x99);
    EXPECT_EQ(poll[poll_at::master_charge], 8);
    EXPECT_EQ(poll[poll_at::has_clock], 1);
    EXPECT_EQ(number_at(poll, poll_at::clock_offset), -107'000);
    EXPECT_EQ(poll[poll_at::has_correction], 1);
    EXPECT_EQ(number_at(poll, poll_at::anchor), 106'000'000'003);
    EXPECT_EQ(number_at(poll, poll_at::rate), -37'250'000'000'000);
    EXPECT_EQ(number_at(poll, poll_at::sigma), 3'000);
    EXPECT_EQ(number_at(poll, poll_at::rate_sigma), 250'000'000'000);
    const Datagram reply = encode(sample_header(), sample_reply());
    EXPECT_EQ(number_at(reply, reply_at::stamp_error), 206);
    EXPECT_EQ(number_at(reply, reply_at::system), 1'790'000'000'000'000'005);
    EXPECT_EQ(number_at(reply, reply_at::claim_bound), 207'000);
    EXPECT_EQ(number_at(reply, reply_at::claim_sigma), 208'000);
    EXPECT_EQ(number_at(reply, reply_at::claim_rate), -12'750'000'000'000);
    EXPECT_EQ(number_at(reply, reply_at::claim_rate_sigma), 500'000'000'000);
    const Datagram join = encode(sample_header(), sample_join());
    EXPECT_EQ(join[join_at::name_length], 13);
    EXPECT_EQ(join[join_at::name], 'r');
    EXPECT_EQ(number_at(join, join_at::cookie), 0x6162636465666768);
    EXPECT_EQ(join[join_at::has_certificate], 1);
}

TEST(Codec, WhatMovesClusterTimeLiesWhereTheProtocolSays) {
    const Datagram poll = encode(sample_header(), sample_poll());
    EXPECT_EQ(poll[poll_at::has_move], 1);
    EXPECT_EQ(number_at(poll, poll_at::move), 107);
    EXPECT_EQ(number_at(poll, poll_at::move + move_at::epoch), 108);
    EXPECT_EQ(number_at(poll, poll_at::move + move_at::at), 1'790'000'010'000'000'009);
    EXPECT_EQ(number_at(poll, poll_at::move + move_at::by), -110'000'000'000);
    EXPECT_EQ(poll[poll_at::move + move_at::way], 1);
    EXPECT_EQ(poll[poll_at::move + move_at::decided], 1);
    const Datagram reply = encode(sample_header(), sample_reply());
    EXPECT_EQ(reply[reply_at::has_move], 1);
    EXPECT_EQ(number_at(reply, reply_at::move + move_at::epoch), 211);
    EXPECT_EQ(reply[reply_at::move + move_at::way], 0);
    EXPECT_EQ(reply[reply_at::move + move_at::accepted], 0);
    const auto malformed_with = [](std::size_t at, std::int64_t number) {
        expect_error(with_number(sample_poll(), poll_at::move + at, number),
                     DecodeError::malformed);
    };
    malformed_with(move_at::at, -1);
    malformed_with(move_at::at, std::int64_t{1} << 62);
    malformed_with(move_at::by, (std::int64_t{1} << 60) + 1);
    malformed_with(move_at::by, -(std::int64_t{1} << 60) - 1);
    for (const std::size_t at : {move_at::way, move_at::decided})
        expect_error(with_byte(sample_poll(), poll_at::move + at, 2), DecodeError::malformed);
    expect_error(with_byte(sample_reply(), reply_at::move + move_at::accepted, 2),
                 DecodeError::malformed);
}

TEST(Codec, WhatElectsLiesWhereTheProtocolSays) {
    const Datagram reply = encode(sample_header(), sample_reply());
    EXPECT_EQ(reply[reply_at::has_standing], 1);
    EXPECT_EQ(number_at(reply, reply_at::voted), 209);
    EXPECT_EQ(reply[reply_at::promises], 1);
    EXPECT_EQ(reply[reply_at::fitness], 1);
    EXPECT_EQ(reply[reply_at::distrusts], 1);
    const Datagram wanted = encode(sample_header(), test::sample_vote_wanted());
    EXPECT_EQ(number_at(wanted, kBody), 801);
    EXPECT_EQ(wanted[vote_at::binding], 1);
    EXPECT_EQ(number_at(wanted, vote_at::asked_at), 802'000'000'001);
    EXPECT_EQ(number_at(wanted, vote_at::promise), 3'500'000'000);
    EXPECT_EQ(wanted[vote_at::wanted_fitness], 2);
    const Datagram answer = encode(sample_header(), test::sample_vote_answer());
    EXPECT_EQ(number_at(answer, kBody), 901);
    EXPECT_EQ(answer[vote_at::binding], 1);
    EXPECT_EQ(number_at(answer, vote_at::asked_at), 902'000'000'001);
    EXPECT_EQ(answer[vote_at::granted], 1);
    EXPECT_EQ(number_at(answer, vote_at::known), 903);
    EXPECT_EQ(answer[vote_at::answer_fitness], 1);
    const Datagram release = encode(sample_header(), test::sample_release());
    EXPECT_EQ(number_at(release, kBody), 1001);
    EXPECT_EQ(release[kBody + 8], 0x81);
    const Datagram direction = encode(sample_header(), test::sample_direction());
    EXPECT_EQ(number_at(direction, kBody), 1101);
    EXPECT_EQ(number_at(direction, kBody + 8), 1102);
    EXPECT_EQ(direction[kBody + 16], 0x91);
}

TEST(Codec, WhatWitnessesSayLiesWhereTheProtocolSays) {
    const Datagram inquiry = encode(sample_header(), test::sample_inquiry());
    EXPECT_EQ(number_at(inquiry, kBody), 1201);
    EXPECT_EQ(inquiry[inquiry_at::name_length], 13);
    EXPECT_EQ(number_at(inquiry, inquiry_at::cookie), 0x6162636465666768);
    EXPECT_EQ(inquiry[inquiry_at::has_certificate], 1);
    EXPECT_EQ(inquiry[inquiry_at::key], test::sample_inquiry().certificate->key.bytes[0]);
    EXPECT_EQ(number_at(inquiry, inquiry_at::opinion_term), 1202);
    EXPECT_EQ(inquiry[inquiry_at::judgement], 2);
    const Datagram sighting = encode(sample_header(), test::sample_sighting());
    EXPECT_EQ(number_at(sighting, kBody), 1301);
    EXPECT_EQ(sighting[sighting_at::has_told], 1);
    EXPECT_EQ(number_at(sighting, sighting_at::term), 1302);
    EXPECT_EQ(number_at(sighting, sighting_at::epoch), 1303);
    EXPECT_EQ(number_at(sighting, sighting_at::cluster), 1'790'000'000'000'000'007);
    EXPECT_EQ(number_at(sighting, sighting_at::bound), 1'304'000);
}

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

TEST(Codec, WhatAdmitsLiesWhereTheProtocolSays) {
    const Certificate certificate = *sample_join().certificate;
    const CompactCertificate compact = encode(certificate);
    const Datagram join = encode(sample_header(), sample_join());
    EXPECT_TRUE(std::equal(compact.begin(), compact.end(), join.begin() + join_at::key));
    EXPECT_EQ(join[join_at::key], certificate.key.bytes[0]);
    EXPECT_EQ(number_at(join, join_at::issuer),
              static_cast<std::int64_t>(certificate.issuer.value));
    EXPECT_EQ(join[join_at::certified_votes], 1);
    EXPECT_EQ(number_at(join, join_at::serial), 0x0123456789abcdef);
    EXPECT_EQ(join[join_at::signature + 63], certificate.signature[63]);

    const Datagram retry = encode(sample_header(), test::sample_retry());
    EXPECT_EQ(number_at(retry, kBody), 401);
    EXPECT_EQ(number_at(retry, kBody + 8), 402);
    const Datagram refusal = encode(sample_header(), test::sample_refusal());
    EXPECT_EQ(number_at(refusal, kBody), 501);
    EXPECT_EQ(refusal[kBody + 8], 5);
    const Datagram enrol = encode(sample_header(), test::sample_enrol());
    EXPECT_EQ(number_at(enrol, enrol_at::invitation), 0x7172737475767778);
    EXPECT_EQ(number_at(enrol, enrol_at::nonce), 602);
    EXPECT_EQ(enrol[enrol_at::name_length], 13);
    EXPECT_EQ(enrol[enrol_at::key], test::sample_enrol().key.bytes[0]);
    const Datagram admission = encode(sample_header(), test::sample_admission());
    EXPECT_EQ(admission[admission_at::outcome], 0);
    EXPECT_EQ(admission[admission_at::has_certificate], 1);
    EXPECT_TRUE(std::equal(compact.begin(), compact.end(), admission.begin() + admission_at::key));
}

TEST(Codec, ARetryAloneHasNoSeal) {
    for (const Message& message : test::sample_messages()) {
        EXPECT_EQ(has_seal(encode(sample_header(), message)),
                  !std::holds_alternative<Retry>(message));
    }
    EXPECT_FALSE(has_seal({}));
}

// The longest of names leaves room for all else.
TEST(Codec, TheLongestJoinFits) {
    Join join = sample_join();
    join.name = *NodeName::from(std::string(kMaxNameLength, 'x'));
    const auto decoded = decode(encode(sample_header(), join));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(test::same(decoded->message, join));
}

TEST(Codec, TheLongestInquiryFits) {
    Inquiry inquiry = test::sample_inquiry();
    inquiry.name = *NodeName::from(std::string(kMaxNameLength, 'x'));
    const auto decoded = decode(encode(sample_header(), inquiry));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(test::same(decoded->message, inquiry));
}

TEST(Codec, WhatAMessageDoesNotUseIsZero) {
    const Datagram leave = encode(sample_header(), sample_leave());
    EXPECT_TRUE(std::all_of(leave.begin() + kBody + 16, leave.end(),
                            [](std::uint8_t byte) { return byte == 0; }));
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
        // A body of zeros is good for all but a Join, an Enrol and an Inquiry, which need a name.
        EXPECT_EQ(decoded.has_value(), type >= 2 && type <= 14 && type != 7 && type != 13) << type;
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
        EXPECT_TRUE(decode(with_byte(sample_poll(), charge, 13)).has_value());
        expect_error(with_byte(sample_poll(), charge, 14), DecodeError::malformed);
    }
    expect_error(with_byte(sample_poll(), poll_at::has_clock, 2), DecodeError::malformed);
    expect_error(with_byte(sample_join(), join_at::has_certificate, 2), DecodeError::malformed);
    expect_error(with_byte(sample_join(), join_at::certified_votes, 2), DecodeError::malformed);
    const Refusal refusal = test::sample_refusal();
    EXPECT_TRUE(decode(with_byte(refusal, kBody + 8, 6)).has_value());
    expect_error(with_byte(refusal, kBody + 8, 7), DecodeError::malformed);
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
