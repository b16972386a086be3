#include "tests/support/sample_messages.hpp"

#include <algorithm>
#include <cmath>

#include "tests/support/sample_trust.hpp"

namespace berkeley::test {
namespace {

bool same_rate(double a, double b) {
    return std::abs(a - b) <= 1e-18 + 1e-15 * std::max(std::abs(a), std::abs(b));
}

bool same_line(const BoundedLine& a, const BoundedLine& b) {
    return a.line.anchor == b.line.anchor && a.line.cluster_at_anchor == b.line.cluster_at_anchor &&
           same_rate(a.line.rate, b.line.rate) && a.bound == b.bound &&
           same_rate(a.bound_growth, b.bound_growth) && a.sigma == b.sigma &&
           same_rate(a.rate_sigma, b.rate_sigma);
}

template <class T, class Compare>
bool same_optional(const std::optional<T>& a, const std::optional<T>& b, Compare compare) {
    return a.has_value() == b.has_value() && (!a || compare(*a, *b));
}

bool same_bulletin(const Bulletin& a, const Bulletin& b) {
    const auto same_clock = [](const MasterClock& x, const MasterClock& y) {
        return x.offset == y.offset && x.bound == y.bound;
    };
    return a.verdict == b.verdict && a.members == b.members && a.counted == b.counted &&
           a.expected == b.expected && a.master_verdict == b.master_verdict &&
           same_optional(a.master_clock, b.master_clock, same_clock) &&
           a.guidance.granted == b.guidance.granted && a.guidance.believed == b.guidance.believed &&
           a.guidance.off == b.guidance.off && same_rate(a.guidance.pull, b.guidance.pull) &&
           a.reference == b.reference;
}

bool same_body(const Join& a, const Join& b) {
    return a.session == b.session && a.oscillator == b.oscillator && a.votes == b.votes &&
           a.name == b.name && a.cookie == b.cookie && a.certificate == b.certificate;
}

bool same_body(const Poll& a, const Poll& b) {
    return a.session == b.session && a.reign == b.reign && a.sequence == b.sequence &&
           a.next_poll == b.next_poll && a.last_sequence == b.last_sequence &&
           a.last_sent == b.last_sent && a.last_received == b.last_received &&
           same_bulletin(a.bulletin, b.bulletin) && a.calendar == b.calendar &&
           same_optional(a.correction, b.correction, same_line) && a.move == b.move;
}

bool same_body(const Reply& a, const Reply& b) {
    const auto same_claim = [](const Claim& x, const Claim& y) {
        return x.cluster == y.cluster && x.bound == y.bound && x.sigma == y.sigma &&
               same_rate(x.rate, y.rate) && same_rate(x.rate_sigma, y.rate_sigma) &&
               x.leaps == y.leaps;
    };
    return a.session == b.session && a.reign == b.reign && a.sequence == b.sequence &&
           a.poll_received == b.poll_received && a.last_sequence == b.last_sequence &&
           a.last_sent == b.last_sent && a.stamp_error == b.stamp_error && a.raw == b.raw &&
           a.system == b.system && same_rate(a.system_rate, b.system_rate) && a.votes == b.votes &&
           a.steers == b.steers && a.floor == b.floor &&
           same_optional(a.claim, b.claim, same_claim) && a.standing == b.standing &&
           a.move == b.move && a.outside == b.outside;
}

bool same_body(const Leave& a, const Leave& b) {
    return a.session == b.session && a.reign == b.reign;
}

bool same_body(const Retry& a, const Retry& b) {
    return a.session == b.session && a.cookie == b.cookie;
}

bool same_body(const Refusal& a, const Refusal& b) {
    return a.session == b.session && a.reason == b.reason;
}

bool same_body(const Enrol& a, const Enrol& b) {
    return a.invitation == b.invitation && a.nonce == b.nonce && a.name == b.name && a.key == b.key;
}

bool same_body(const Admission& a, const Admission& b) {
    return a.nonce == b.nonce && a.outcome == b.outcome && a.certificate == b.certificate;
}

bool same_body(const VoteWanted& a, const VoteWanted& b) {
    return a == b;
}

bool same_body(const VoteAnswer& a, const VoteAnswer& b) {
    return a == b;
}

bool same_body(const Release& a, const Release& b) {
    return a == b;
}

bool same_body(const Direction& a, const Direction& b) {
    return a.session == b.session && a.testimony == b.testimony;
}

bool same_body(const Inquiry& a, const Inquiry& b) {
    return a.session == b.session && a.name == b.name && a.cookie == b.cookie &&
           a.certificate == b.certificate && a.opinion == b.opinion;
}

bool same_body(const Sighting& a, const Sighting& b) {
    return a.session == b.session && a.told == b.told;
}

bool same_body(const RevocationNews& a, const RevocationNews& b) {
    return a.digest == b.digest && a.revocation == b.revocation;
}

bool same_body(const RosterAsk& a, const RosterAsk& b) {
    return a.session == b.session && a.name == b.name && a.cookie == b.cookie &&
           a.certificate == b.certificate && a.serial == b.serial && a.part == b.part;
}

bool same_body(const RosterPart& a, const RosterPart& b) {
    return a.session == b.session && a.of == b.of && a.serial == b.serial && a.part == b.part &&
           a.parts == b.parts && a.size == b.size && a.bytes == b.bytes;
}

bool same_body(const RosterSay& a, const RosterSay& b) {
    return a.session == b.session && a.answer == b.answer && a.other == b.other &&
           a.signature == b.signature;
}

}  // namespace

Header sample_header() {
    return {NodeId{0x0102030405060708}, NodeId{0x1112131415161718}, 0x2122232425262728,
            0x3132333435363738, 0x3940};
}

Join sample_join() {
    Join join;
    join.session = 0x4142434445464748;
    join.oscillator = 0x5152535455565758;
    join.votes = false;
    join.name = *NodeName::from("rack-3.node_7");
    join.cookie = 0x6162636465666768;
    join.certificate = sample_certificate().certificate;
    return join;
}

Poll sample_poll() {
    Poll poll;
    poll.session = 101;
    poll.reign = 102;
    poll.sequence = 103;
    poll.next_poll = 3'230ms;
    poll.last_sequence = 104;
    poll.last_sent = RawTime{105'000'000'001};
    poll.last_received = RawTime{105'000'250'002};
    poll.bulletin = {
        .verdict = {Charge::off_when_formed, -320'010'000, 35s},
        .members = 0x1234,
        .counted = 0x0567,
        .expected = 0x1299,
        .master_verdict = {Charge::oscillator_changed, 7'300, 0ns},
        .master_clock = MasterClock{-107us, 108us},
        .guidance = {.granted = 0x0a0b, .believed = 0x0c0d, .off = -109ms, .pull = -4.5 * kPpm},
        .reference = ReferenceVerdict{ReferenceCharge::jumped, 110'000'000, 40s},
    };
    poll.calendar = {
        .leaps = -3,
        .guided = true,
        .coming = LeapSecond{ClusterTime{1'798'761'600'000'000'000}, true},
        .tai_s = 37,
    };
    poll.correction = BoundedLine{
        {RawTime{106'000'000'003}, ClusterTime{1'790'000'000'000'000'004}, -37.25 * kPpm},
        125us,
        110 * kPpm,
        3us,
        0.25 * kPpm};
    poll.move =
        Move{{107, 108}, ClusterTime{1'790'000'010'000'000'009}, -110s, MoveWay::step, true};
    return poll;
}

Reply sample_reply() {
    Reply reply;
    reply.session = 201;
    reply.reign = 202;
    reply.sequence = 203;
    reply.poll_received = RawTime{204'000'000'001};
    reply.last_sequence = 205;
    reply.last_sent = RawTime{203'000'000'002};
    reply.stamp_error = 206ns;
    reply.raw = RawTime{204'000'040'003};
    reply.system = SystemTime{1'790'000'000'000'000'005};
    reply.system_rate = 12.5 * kPpm;
    reply.votes = true;
    reply.steers = false;
    reply.floor = SystemTime{1'789'000'000'000'000'007};
    reply.claim =
        Claim{ClusterTime{1'790'000'000'000'000'006}, 207us, 208us, -12.75 * kPpm, 0.5 * kPpm, -3};
    reply.standing = Standing{209, true, Fitness::without_time, true};
    reply.move = HeldMove{
        {{210, 211}, ClusterTime{1'790'000'010'000'000'012}, 213ms, MoveWay::slew, false}, false};
    reply.outside = Outside{true, 210us, 211us, LeapNotice::deletion, 37};
    return reply;
}

Leave sample_leave() {
    return {301, 302};
}

Retry sample_retry() {
    return {401, 402};
}

Refusal sample_refusal() {
    return {501, RefusalReason::table_full};
}

Enrol sample_enrol() {
    return {InvitationId{0x7172737475767778}, 602, name("rack-3.node_8"),
            secret_key(kMemberSeed).public_key()};
}

Admission sample_admission() {
    return {701, EnrolOutcome::admitted, sample_certificate().certificate};
}

VoteWanted sample_vote_wanted() {
    return {801, true, SteadyTime{802'000'000'001}, 3'500ms, Fitness::fit};
}

VoteAnswer sample_vote_answer() {
    return {901, true, SteadyTime{902'000'000'001}, true, 903, Fitness::without_time};
}

Release sample_release() {
    return {1001, NodeId{0x8182838485868788}};
}

Direction sample_direction() {
    return {1101, {1102, NodeId{0x9192939495969798}}};
}

Inquiry sample_inquiry() {
    return {1201,
            name("rack-3.node_7"),
            0x6162636465666768,
            sample_certificate().certificate,
            {1202, Judgement::contradicts}};
}

Sighting sample_sighting() {
    return {1301, Told{1302, 1303, ClusterTime{1'790'000'000'000'000'007}, 1304us, true}};
}

RevocationNews sample_revocation_news() {
    Revocation revocation{sample_certificate().certificate.key, name("stolen-1"), KeyId{1403}, {}};
    revocation.signature.fill(0x5a);
    return {1401, revocation};
}

RosterAsk sample_roster_ask() {
    return {
        1401, name("rack-3.node_7"), 0x6162636465666768, sample_certificate().certificate, 0x1402,
        3};
}

RosterPart sample_roster_part() {
    RosterPart part{1501, RosterPartOf::proposal, 0x1502, 1, 3, 200, {}};
    for (std::size_t i = 0; i < part.bytes.size(); ++i)
        part.bytes[i] = static_cast<std::uint8_t>(i + 1);
    return part;
}

RosterSay sample_roster_say() {
    RosterSay say{1601, RosterAnswer::signed_another,
                  OtherStep{RosterStep::distrust, name("rack-3.node_7"), 0x1603}, Signature{}};
    say.signature->fill(0x16);
    return say;
}

std::vector<Message> sample_messages() {
    Join bare_join = sample_join();
    bare_join.votes = true;
    bare_join.certificate.reset();
    const Admission bare_admission{702, EnrolOutcome::name_taken, {}};
    Poll bare_poll = sample_poll();
    bare_poll.correction.reset();
    bare_poll.bulletin.master_clock.reset();
    bare_poll.move.reset();
    bare_poll.bulletin.reference.reset();
    bare_poll.calendar = {};
    Reply bare_reply = sample_reply();
    bare_reply.claim.reset();
    bare_reply.standing.reset();
    bare_reply.move.reset();
    bare_reply.outside.reset();
    bare_reply.votes = false;
    bare_reply.steers = true;
    Inquiry bare_inquiry = sample_inquiry();
    bare_inquiry.certificate.reset();
    bare_inquiry.opinion = {};
    RosterAsk bare_ask = sample_roster_ask();
    bare_ask.certificate.reset();
    return {sample_join(),
            bare_join,
            sample_poll(),
            bare_poll,
            sample_reply(),
            bare_reply,
            sample_leave(),
            sample_retry(),
            sample_refusal(),
            sample_enrol(),
            sample_admission(),
            bare_admission,
            sample_vote_wanted(),
            sample_vote_answer(),
            sample_release(),
            sample_direction(),
            sample_inquiry(),
            bare_inquiry,
            sample_sighting(),
            Sighting{1305, {}},
            sample_revocation_news(),
            RevocationNews{1402, {}},
            sample_roster_ask(),
            bare_ask,
            sample_roster_part(),
            sample_roster_say(),
            RosterSay{1602, RosterAnswer::not_yet, {}, {}}};
}

bool same(const Header& a, const Header& b) {
    return a.from == b.from && a.to == b.to && a.term == b.term && a.epoch == b.epoch &&
           a.roster == b.roster;
}

bool same(const Message& a, const Message& b) {
    if (a.index() != b.index())
        return false;
    return std::visit(
        [&b](const auto& body) {
            return same_body(body, std::get<std::decay_t<decltype(body)>>(b));
        },
        a);
}

}  // namespace berkeley::test
