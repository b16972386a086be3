#include "daemon/core/wire/codec.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/core/codec_layout.hpp"

namespace berkeley {
namespace {

using namespace test;

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
                                     test::sample_sighting(),
                                     test::sample_revocation_news(),
                                     test::sample_roster_ask(),
                                     test::sample_roster_part(),
                                     test::sample_roster_say()};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const Datagram datagram = encode(sample_header(), kinds[i]);
        const std::vector<std::uint8_t> begin(datagram.begin(), datagram.begin() + 8);
        const auto type = static_cast<std::uint8_t>(i + 1);
        EXPECT_EQ(begin, (std::vector<std::uint8_t>{'B', 'K', 'L', 'Y', 5, type, 0x39, 0x40}));
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

TEST(Codec, OutsideTimeLiesWhereTheProtocolSays) {
    const Datagram poll = encode(sample_header(), sample_poll());
    EXPECT_EQ(poll[poll_at::granted], 0x0a);
    EXPECT_EQ(poll[poll_at::believed + 1], 0x0d);
    EXPECT_EQ(number_at(poll, poll_at::references_off), -109'000'000);
    EXPECT_EQ(number_at(poll, poll_at::pull), -4'500'000'000'000);
    EXPECT_EQ(poll[poll_at::has_reference], 1);
    EXPECT_EQ(poll[poll_at::reference_charge], 7);
    EXPECT_EQ(poll[poll_at::leaps], 0xfd);
    EXPECT_EQ(poll[poll_at::guided], 1);
    EXPECT_EQ(poll[poll_at::has_leap], 1);
    EXPECT_EQ(number_at(poll, poll_at::leap_midnight), 1'798'761'600'000'000'000);
    EXPECT_EQ(poll[poll_at::leap_inserted], 1);
    EXPECT_EQ(poll[poll_at::has_tai], 1);
    EXPECT_EQ(poll[poll_at::tai + 1], 37);
    const Datagram reply = encode(sample_header(), sample_reply());
    EXPECT_EQ(reply[reply_at::claim_leaps], 0xfd);
    EXPECT_EQ(reply[reply_at::has_outside], 1);
    EXPECT_EQ(reply[reply_at::outside_synchronized], 1);
    EXPECT_EQ(number_at(reply, reply_at::outside_max_error), 210'000);
    EXPECT_EQ(reply[reply_at::outside_leap], 2);
    EXPECT_EQ(reply[reply_at::outside_tai + 1], 37);
    expect_error(with_byte(sample_reply(), reply_at::outside_leap, 3), DecodeError::malformed);
    expect_error(with_byte(sample_reply(), reply_at::has_outside, 2), DecodeError::malformed);
    expect_error(with_byte(sample_poll(), poll_at::reference_charge, 10), DecodeError::malformed);
    expect_error(with_byte(sample_poll(), poll_at::has_leap, 2), DecodeError::malformed);
    expect_error(with_number(sample_poll(), poll_at::leap_midnight, -1), DecodeError::malformed);
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

}  // namespace
}  // namespace berkeley
