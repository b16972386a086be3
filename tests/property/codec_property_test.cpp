// The codec is total, and what it lets through it can write again.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/sample_messages.hpp"

namespace berkeley {
namespace {

constexpr std::int64_t kLongest = std::int64_t{1} << 60;  // nanoseconds, of any duration

bool in_range(Duration duration) {
    return duration >= 0ns && duration.count() <= kLongest;
}

// Everything that the rest of the core relies on.
void check_limits(const BoundedLine& line) {
    RC_ASSERT(plausible(line.line.anchor));
    RC_ASSERT(plausible(line.line.cluster_at_anchor));
    RC_ASSERT(std::abs(line.line.rate) <= 0.2);
    RC_ASSERT(in_range(line.bound) && in_range(line.sigma));
    RC_ASSERT(line.bound_growth >= 0 && line.bound_growth <= 0.2);
    RC_ASSERT(line.rate_sigma >= 0 && line.rate_sigma <= 0.2);
}

void check_limits(const Message& message) {
    if (const auto* join = std::get_if<Join>(&message))
        RC_ASSERT(valid_name(join->name.view()));
    if (const auto* enrol = std::get_if<Enrol>(&message))
        RC_ASSERT(valid_name(enrol->name.view()));
    if (const auto* refusal = std::get_if<Refusal>(&message))
        RC_ASSERT(!to_text(refusal->reason).empty() && !advice(refusal->reason).empty());
    if (const auto* admission = std::get_if<Admission>(&message))
        RC_ASSERT(!to_text(admission->outcome).empty());
    if (const auto* poll = std::get_if<Poll>(&message)) {
        RC_ASSERT(poll->next_poll >= 0ns);
        RC_ASSERT(plausible(poll->last_sent) && plausible(poll->last_received));
        for (const Verdict& verdict : {poll->bulletin.verdict, poll->bulletin.master_verdict}) {
            RC_ASSERT(verdict.charge <= kLastCharge);
            RC_ASSERT(std::abs(verdict.amount) <= kLongest && in_range(verdict.probation));
            RC_ASSERT(to_text(verdict).size() < 200U);
        }
        if (const auto& clock = poll->bulletin.master_clock) {
            RC_ASSERT(std::abs(clock->offset.count()) <= kLongest);
            RC_ASSERT(in_range(clock->bound));
        }
        if (poll->correction)
            check_limits(*poll->correction);
    }
    if (const auto* reply = std::get_if<Reply>(&message)) {
        RC_ASSERT(plausible(reply->poll_received) && plausible(reply->last_sent));
        RC_ASSERT(plausible(reply->raw) && plausible(reply->system));
        RC_ASSERT(std::abs(reply->system_rate) <= 0.2);
        RC_ASSERT(reply->stamp_error >= 0ns);
        if (reply->claim)
            RC_ASSERT(plausible(reply->claim->cluster) && reply->claim->bound >= 0ns);
        if (reply->standing)
            RC_ASSERT(reply->standing->fitness <= Fitness::fit);
    }
    if (const auto* wanted = std::get_if<VoteWanted>(&message)) {
        RC_ASSERT(plausible(wanted->asked_at) && in_range(wanted->promise));
        RC_ASSERT(wanted->fitness <= Fitness::fit);
    }
    if (const auto* inquiry = std::get_if<Inquiry>(&message))
        RC_ASSERT(valid_name(inquiry->name.view()) &&
                  inquiry->opinion.judgement <= Judgement::contradicts);
    const auto* sighting = std::get_if<Sighting>(&message);
    if (sighting != nullptr && sighting->told)
        RC_ASSERT(plausible(sighting->told->cluster) && in_range(sighting->told->bound));
    if (const auto* ask = std::get_if<RosterAsk>(&message))
        RC_ASSERT(valid_name(ask->name.view()));
    if (const auto* part = std::get_if<RosterPart>(&message))
        RC_ASSERT(part->of <= RosterPartOf::canvass);
    if (const auto* say = std::get_if<RosterSay>(&message))
        RC_ASSERT(say->answer <= kLastRosterAnswer);
    if (const auto* answer = std::get_if<VoteAnswer>(&message)) {
        RC_ASSERT(plausible(answer->asked_at));
        RC_ASSERT(answer->fitness <= Fitness::fit);
    }
}

void check(std::span<const std::uint8_t> bytes) {
    const auto decoded = decode(bytes);
    RC_ASSERT(!decoded || decode_header(bytes).has_value());
    if (!decoded)
        return;
    check_limits(decoded->message);
    const auto again = decode(encode(decoded->header, decoded->message));
    RC_ASSERT(again.has_value());
    RC_ASSERT(test::same(decoded->header, again->header));
    RC_ASSERT(test::same(decoded->message, again->message));
}

RC_GTEST_PROP(CodecProperty, TotalOnAnyBytes, (const std::vector<std::uint8_t>& bytes)) {
    check(bytes);
}

RC_GTEST_PROP(CodecProperty, TotalOnAnyDatagram, ()) {
    check(*rc::gen::container<std::vector<std::uint8_t>>(kDatagramSize,
                                                         rc::gen::arbitrary<std::uint8_t>()));
}

// Bytes that are often 0 or 1 get further in: flags and names are more often good.
RC_GTEST_PROP(CodecProperty, TotalOnAnyBodyBehindAGoodHeader, ()) {
    Datagram datagram = encode(test::sample_header(), Leave{});
    datagram[5] = *rc::gen::inRange<std::uint8_t>(0, std::variant_size_v<Message> + 2);
    const auto byte =
        rc::gen::weightedOneOf<std::uint8_t>({{6, rc::gen::just<std::uint8_t>(0)},
                                              {2, rc::gen::just<std::uint8_t>(1)},
                                              {1, rc::gen::inRange<std::uint8_t>('a', 'z')},
                                              {1, rc::gen::arbitrary<std::uint8_t>()}});
    const auto body = *rc::gen::container<std::vector<std::uint8_t>>(kDatagramSize - 40, byte);
    std::copy(body.begin(), body.end(), datagram.begin() + 40);
    check(datagram);
}

RC_GTEST_PROP(CodecProperty, TotalOnGoodMessagesWithSomeBytesChanged, ()) {
    Datagram datagram = encode(test::sample_header(), *rc::gen::elementOf(test::sample_messages()));
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
        datagram[*rc::gen::inRange<std::size_t>(0, 250)] = *rc::gen::arbitrary<std::uint8_t>();
    }
    check(datagram);
}

// ---- messages as we would write them

template <class Clock>
Instant<Clock> any_instant() {
    return {*rc::gen::inRange<std::int64_t>(0, kEnd<Clock>)};
}
Duration any_duration() {
    return Duration{*rc::gen::inRange<std::int64_t>(0, kLongest + 1)};
}
double any_rate(double least = -0.2) {
    const double share =
        static_cast<double>(*rc::gen::inRange<std::int64_t>(0, 1 << 30)) / (1 << 30);
    return least + share * (0.2 - least);
}
std::uint64_t any_number() {
    return *rc::gen::arbitrary<std::uint64_t>();
}

std::int64_t any_difference() {
    return *rc::gen::inRange<std::int64_t>(-kLongest, kLongest + 1);
}
Verdict any_verdict() {
    constexpr int kEnd = static_cast<int>(kLastCharge) + 1;
    return {static_cast<Charge>(*rc::gen::inRange(0, kEnd)), any_difference(), any_duration()};
}

ReferenceVerdict any_reference_verdict() {
    const int last = static_cast<int>(ReferenceCharge::no_outside);
    return {static_cast<ReferenceCharge>(*rc::gen::inRange(0, last + 1)), any_difference(),
            any_duration()};
}

Calendar any_calendar() {
    Calendar calendar;
    calendar.leaps = *rc::gen::arbitrary<std::int8_t>();
    calendar.guided = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>())
        calendar.coming = LeapSecond{any_instant<ClusterClock>(), *rc::gen::arbitrary<bool>()};
    if (*rc::gen::arbitrary<bool>())
        calendar.tai_s = *rc::gen::arbitrary<std::int16_t>();
    return calendar;
}

Outside any_outside() {
    return {*rc::gen::arbitrary<bool>(), any_duration(), any_duration(),
            static_cast<LeapNotice>(*rc::gen::inRange(0, 3)), *rc::gen::arbitrary<std::int16_t>()};
}

Message any_poll() {
    Poll poll;
    poll.session = any_number();
    poll.reign = any_number();
    poll.sequence = any_number();
    poll.next_poll = any_duration();
    poll.last_sequence = any_number();
    poll.last_sent = any_instant<RawClock>();
    poll.last_received = any_instant<RawClock>();
    poll.bulletin.verdict = any_verdict();
    poll.bulletin.members = *rc::gen::arbitrary<std::uint16_t>();
    poll.bulletin.counted = *rc::gen::arbitrary<std::uint16_t>();
    poll.bulletin.expected = *rc::gen::arbitrary<std::uint16_t>();
    poll.bulletin.master_verdict = any_verdict();
    if (*rc::gen::arbitrary<bool>())
        poll.bulletin.master_clock = MasterClock{Duration{any_difference()}, any_duration()};
    poll.bulletin.guidance = {*rc::gen::arbitrary<std::uint16_t>(),
                              *rc::gen::arbitrary<std::uint16_t>(), Duration{any_difference()},
                              any_rate()};
    if (*rc::gen::arbitrary<bool>())
        poll.bulletin.reference = any_reference_verdict();
    poll.calendar = any_calendar();
    if (*rc::gen::arbitrary<bool>()) {
        poll.correction =
            BoundedLine{{any_instant<RawClock>(), any_instant<ClusterClock>(), any_rate()},
                        any_duration(),
                        any_rate(0),
                        any_duration(),
                        any_rate(0)};
    }
    return poll;
}

Fitness any_fitness() {
    return static_cast<Fitness>(*rc::gen::inRange(0, static_cast<int>(Fitness::fit) + 1));
}

Message any_reply() {
    Reply reply;
    reply.session = any_number();
    reply.reign = any_number();
    reply.sequence = any_number();
    reply.poll_received = any_instant<RawClock>();
    reply.last_sequence = any_number();
    reply.last_sent = any_instant<RawClock>();
    reply.stamp_error = any_duration();
    reply.raw = any_instant<RawClock>();
    reply.system = any_instant<SystemClock>();
    reply.system_rate = any_rate();
    reply.votes = *rc::gen::arbitrary<bool>();
    reply.steers = *rc::gen::arbitrary<bool>();
    reply.floor = any_instant<SystemClock>();
    if (*rc::gen::arbitrary<bool>())
        reply.claim = Claim{any_instant<ClusterClock>(),
                            any_duration(),
                            any_duration(),
                            any_rate(),
                            any_rate(0),
                            *rc::gen::arbitrary<std::int8_t>()};
    if (*rc::gen::arbitrary<bool>())
        reply.standing = Standing{any_number(), *rc::gen::arbitrary<bool>(), any_fitness(),
                                  *rc::gen::arbitrary<bool>()};
    if (*rc::gen::arbitrary<bool>())
        reply.outside = any_outside();
    return reply;
}

Message any_vote_wanted() {
    return VoteWanted{any_number(), *rc::gen::arbitrary<bool>(), any_instant<SteadyClock>(),
                      any_duration(), any_fitness()};
}

Message any_vote_answer() {
    return VoteAnswer{any_number(),
                      *rc::gen::arbitrary<bool>(),
                      any_instant<SteadyClock>(),
                      *rc::gen::arbitrary<bool>(),
                      any_number(),
                      any_fitness()};
}

NodeName any_name() {
    const auto letter = rc::gen::elementOf(std::string("abcXYZ019._-"));
    const auto size = *rc::gen::inRange<std::size_t>(1, kMaxNameLength + 1);
    return *NodeName::from(*rc::gen::container<std::string>(size, letter));
}

template <std::size_t size>
std::array<std::uint8_t, size> any_bytes() {
    return *rc::gen::container<std::array<std::uint8_t, size>>(rc::gen::arbitrary<std::uint8_t>());
}

std::optional<Certificate> any_certificate() {
    if (*rc::gen::arbitrary<bool>())
        return std::nullopt;
    return Certificate{PublicKey{any_bytes<32>()}, KeyId{any_number()}, *rc::gen::arbitrary<bool>(),
                       any_number(), any_bytes<64>()};
}

Message any_refusal() {
    constexpr int kEnd = static_cast<int>(kLastRefusalReason) + 1;
    return Refusal{any_number(), static_cast<RefusalReason>(*rc::gen::inRange(0, kEnd))};
}

Message any_admission() {
    constexpr int kEnd = static_cast<int>(kLastEnrolOutcome) + 1;
    return Admission{any_number(), static_cast<EnrolOutcome>(*rc::gen::inRange(0, kEnd)),
                     any_certificate()};
}

Message any_enrol() {
    return Enrol{InvitationId{any_number()}, any_number(), any_name(), PublicKey{any_bytes<32>()}};
}

Message any_join() {
    Join join;
    join.session = any_number();
    join.oscillator = any_number();
    join.votes = *rc::gen::arbitrary<bool>();
    join.name = any_name();
    join.cookie = any_number();
    join.certificate = any_certificate();
    return join;
}

Message any_inquiry() {
    const auto judgement =
        *rc::gen::element(Judgement::none, Judgement::agrees, Judgement::contradicts);
    return Inquiry{
        any_number(), any_name(), any_number(), any_certificate(), {any_number(), judgement}};
}

Message any_sighting() {
    if (*rc::gen::arbitrary<bool>())
        return Sighting{any_number(), {}};
    return Sighting{any_number(), Told{any_number(), any_number(), any_instant<ClusterClock>(),
                                       any_duration(), *rc::gen::arbitrary<bool>()}};
}

Message any_revocation_news() {
    RevocationNews news{any_number(), {}};
    if (*rc::gen::arbitrary<bool>()) {
        news.revocation = Revocation{PublicKey{any_bytes<32>()}, any_name(), KeyId{any_number()},
                                     any_bytes<64>()};
    }
    return news;
}

std::uint8_t any_byte() {
    return *rc::gen::arbitrary<std::uint8_t>();
}

Message any_roster_ask() {
    return RosterAsk{any_number(),
                     any_name(),
                     any_number(),
                     any_certificate(),
                     *rc::gen::arbitrary<RosterSerial>(),
                     any_byte()};
}

Message any_roster_part() {
    return RosterPart{
        any_number(),
        *rc::gen::element(RosterPartOf::change, RosterPartOf::proposal, RosterPartOf::canvass),
        *rc::gen::arbitrary<RosterSerial>(),
        any_byte(),
        any_byte(),
        any_byte(),
        any_bytes<kRosterPartSize>()};
}

Message any_roster_say() {
    RosterSay say;
    say.session = any_number();
    say.answer =
        static_cast<RosterAnswer>(*rc::gen::inRange(0, static_cast<int>(kLastRosterAnswer) + 1));
    if (*rc::gen::arbitrary<bool>())
        say.other = OtherStep{RosterStep::retire, any_name(), any_number()};
    if (*rc::gen::arbitrary<bool>())
        say.signature = any_bytes<64>();
    return say;
}

RC_GTEST_PROP(CodecProperty, WhatIsWrittenIsRead, ()) {
    const Header header{NodeId{any_number()}, NodeId{any_number()}, any_number(), any_number(),
                        *rc::gen::arbitrary<RosterSerial>()};
    for (const Message& message :
         {any_join(), any_poll(), any_reply(), Message{Leave{any_number(), any_number()}},
          Message{Retry{any_number(), any_number()}}, any_refusal(), any_enrol(), any_admission(),
          any_vote_wanted(), any_vote_answer(), any_inquiry(), any_sighting(),
          any_revocation_news(), any_roster_ask(), any_roster_part(), any_roster_say(),
          Message{Release{any_number(), NodeId{any_number()}}},
          Message{Direction{any_number(), {any_number(), NodeId{any_number()}}}}}) {
        const auto decoded = decode(encode(header, message));
        RC_ASSERT(decoded.has_value());
        RC_ASSERT(test::same(decoded->header, header));
        RC_ASSERT(test::same(decoded->message, message));
    }
}

}  // namespace
}  // namespace berkeley
