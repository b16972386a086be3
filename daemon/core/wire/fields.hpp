// The body of each message, field by field: one description serves writing and reading.
#pragma once

#include "daemon/core/trust/fields.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

template <class Archive>
void fields(Archive& archive, Header& header) {
    archive.number(header.from.value);
    archive.number(header.to.value);
    archive.number(header.term);
    archive.number(header.epoch);
}

template <class Archive>
void fields(Archive& archive, Join& join) {
    archive.number(join.session);
    archive.number(join.oscillator);
    archive.flag(join.votes);
    archive.name(join.name);
    archive.number(join.cookie);
    archive.maybe(join.certificate);
}

template <class Archive>
void fields(Archive& archive, BoundedLine& correction) {
    archive.instant(correction.line.anchor);
    archive.instant(correction.line.cluster_at_anchor);
    archive.rate(correction.line.rate);
    archive.duration(correction.bound);
    archive.growth(correction.bound_growth);
    archive.duration(correction.sigma);
    archive.growth(correction.rate_sigma);
}

template <class Archive>
void fields(Archive& archive, Verdict& verdict) {
    archive.choice(verdict.charge, kLastCharge);
    archive.signed_number(verdict.amount);
    archive.duration(verdict.probation);
}

template <class Archive>
void fields(Archive& archive, MasterClock& clock) {
    archive.difference(clock.offset);
    archive.duration(clock.bound);
}

template <class Archive>
void fields(Archive& archive, Guidance& guidance) {
    archive.number(guidance.granted);
    archive.number(guidance.believed);
    archive.difference(guidance.off);
    archive.rate(guidance.pull);
}

template <class Archive>
void fields(Archive& archive, ReferenceVerdict& verdict) {
    archive.choice(verdict.charge, ReferenceCharge::no_outside);
    archive.signed_number(verdict.amount);
    archive.duration(verdict.probation);
}

template <class Archive>
void fields(Archive& archive, LeapSecond& leap) {
    archive.instant(leap.midnight);
    archive.flag(leap.inserted);
}

template <class Archive>
void fields(Archive& archive, Calendar& calendar) {
    archive.small(calendar.leaps);
    archive.flag(calendar.guided);
    archive.maybe(calendar.coming);
    archive.maybe(calendar.tai_s);
}

template <class Archive>
void fields(Archive& archive, Bulletin& bulletin) {
    fields(archive, bulletin.verdict);
    archive.number(bulletin.members);
    archive.number(bulletin.counted);
    archive.number(bulletin.expected);
    fields(archive, bulletin.master_verdict);
    archive.maybe(bulletin.master_clock);
    fields(archive, bulletin.guidance);
    archive.maybe(bulletin.reference);
}

template <class Archive>
void fields(Archive& archive, Move& move) {
    archive.number(move.id.term);
    archive.number(move.id.epoch);
    archive.instant(move.at);
    archive.difference(move.by);
    archive.choice(move.way, MoveWay::step);
    archive.flag(move.decided);
}

template <class Archive>
void fields(Archive& archive, HeldMove& held) {
    fields(archive, held.move);
    archive.flag(held.accepted);
}

template <class Archive>
void fields(Archive& archive, Poll& poll) {
    archive.number(poll.session);
    archive.number(poll.reign);
    archive.number(poll.sequence);
    archive.duration(poll.next_poll);
    archive.number(poll.last_sequence);
    archive.instant(poll.last_sent);
    archive.instant(poll.last_received);
    fields(archive, poll.bulletin);
    fields(archive, poll.calendar);
    archive.maybe(poll.correction);
    archive.maybe(poll.move);
}

template <class Archive>
void fields(Archive& archive, Claim& claim) {
    archive.instant(claim.cluster);
    archive.duration(claim.bound);
    archive.duration(claim.sigma);
    archive.rate(claim.rate);
    archive.growth(claim.rate_sigma);
    archive.small(claim.leaps);
}

template <class Archive>
void fields(Archive& archive, Outside& outside) {
    archive.flag(outside.synchronized);
    archive.duration(outside.max_error);
    archive.duration(outside.estimated_error);
    archive.choice(outside.leap, LeapNotice::deletion);
    archive.small(outside.tai_s);
}

template <class Archive>
void fields(Archive& archive, Standing& standing) {
    archive.number(standing.term);
    archive.flag(standing.promises);
    archive.choice(standing.fitness, Fitness::fit);
    archive.flag(standing.distrusts);
}

template <class Archive>
void fields(Archive& archive, Reply& reply) {
    archive.number(reply.session);
    archive.number(reply.reign);
    archive.number(reply.sequence);
    archive.instant(reply.poll_received);
    archive.number(reply.last_sequence);
    archive.instant(reply.last_sent);
    archive.duration(reply.stamp_error);
    archive.instant(reply.raw);
    archive.instant(reply.system);
    archive.rate(reply.system_rate);
    archive.flag(reply.votes);
    archive.flag(reply.steers);
    archive.instant(reply.floor);
    archive.maybe(reply.claim);
    archive.maybe(reply.standing);
    archive.maybe(reply.move);
    archive.maybe(reply.outside);
}

template <class Archive>
void fields(Archive& archive, Leave& leave) {
    archive.number(leave.session);
    archive.number(leave.reign);
}

template <class Archive>
void fields(Archive& archive, Retry& retry) {
    archive.number(retry.session);
    archive.number(retry.cookie);
}

template <class Archive>
void fields(Archive& archive, Refusal& refusal) {
    archive.number(refusal.session);
    archive.choice(refusal.reason, kLastRefusalReason);
}

template <class Archive>
void fields(Archive& archive, Enrol& enrol) {
    archive.number(enrol.invitation.value);
    archive.number(enrol.nonce);
    archive.name(enrol.name);
    fields(archive, enrol.key);
}

template <class Archive>
void fields(Archive& archive, Admission& admission) {
    archive.number(admission.nonce);
    archive.choice(admission.outcome, kLastEnrolOutcome);
    archive.maybe(admission.certificate);
}

template <class Archive>
void fields(Archive& archive, VoteWanted& wanted) {
    archive.number(wanted.term);
    archive.flag(wanted.binding);
    archive.instant(wanted.asked_at);
    archive.duration(wanted.promise);
    archive.choice(wanted.fitness, Fitness::fit);
}

template <class Archive>
void fields(Archive& archive, VoteAnswer& answer) {
    archive.number(answer.term);
    archive.flag(answer.binding);
    archive.instant(answer.asked_at);
    archive.flag(answer.granted);
    archive.number(answer.known);
    archive.choice(answer.fitness, Fitness::fit);
}

template <class Archive>
void fields(Archive& archive, Release& release) {
    archive.number(release.term);
    archive.number(release.successor.value);
}

template <class Archive>
void fields(Archive& archive, Direction& direction) {
    archive.number(direction.session);
    archive.number(direction.testimony.term);
    archive.number(direction.testimony.master.value);
}

template <class Archive>
void fields(Archive& archive, Inquiry& inquiry) {
    archive.number(inquiry.session);
    archive.name(inquiry.name);
    archive.number(inquiry.cookie);
    archive.maybe(inquiry.certificate);
    archive.number(inquiry.opinion.term);
    archive.choice(inquiry.opinion.judgement, Judgement::contradicts);
}

template <class Archive>
void fields(Archive& archive, RosterAsk& ask) {
    archive.number(ask.session);
    archive.name(ask.name);
    archive.number(ask.cookie);
    archive.maybe(ask.certificate);
    archive.number(ask.serial);
    archive.number(ask.part);
}

template <class Archive>
void fields(Archive& archive, RosterPart& part) {
    archive.number(part.session);
    archive.choice(part.of, RosterPartOf::canvass);
    archive.number(part.serial);
    archive.number(part.part);
    archive.number(part.parts);
    archive.number(part.size);
    archive.bytes(part.bytes);
}

template <class Archive>
void fields(Archive& archive, OtherStep& other) {
    archive.choice(other.step, RosterStep::distrust);
    archive.name(other.node);
    archive.number(other.term);
}

template <class Archive>
void fields(Archive& archive, Signature& signature) {
    archive.bytes(signature);
}

template <class Archive>
void fields(Archive& archive, RosterSay& say) {
    archive.number(say.session);
    archive.choice(say.answer, kLastRosterAnswer);
    archive.maybe(say.other);
    archive.maybe(say.signature);
}

template <class Archive>
void fields(Archive& archive, Told& told) {
    archive.number(told.term);
    archive.number(told.epoch);
    archive.instant(told.cluster);
    archive.duration(told.bound);
    archive.flag(told.believed);
}

template <class Archive>
void fields(Archive& archive, Sighting& sighting) {
    archive.number(sighting.session);
    archive.maybe(sighting.told);
}

template <class Archive>
void fields(Archive& archive, RevocationNews& news) {
    archive.number(news.digest);
    archive.maybe(news.revocation);
}

}  // namespace berkeley
