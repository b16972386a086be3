#include "daemon/core/node/account.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "daemon/core/node/finding.hpp"

namespace berkeley {
namespace {

MemberState state_of(const Verdict& verdict) {
    if (verdict.is_early())
        return MemberState::joining;
    if (verdict.counts() || verdict.charge == Charge::observes || verdict.charge == Charge::no_vote)
        return MemberState::trusted;
    if (verdict.charge == Charge::silent)
        return MemberState::silent;
    return verdict.charge == Charge::left ? MemberState::left : MemberState::excluded;
}

void put(MemberStatus& row, const Verdict& verdict) {
    row.state = state_of(verdict);
    row.counted = verdict.counts() ? Counted::yes : Counted::no;
    row.reason = to_text(verdict);
}

void put(MemberStatus& row, const std::optional<ReferenceVerdict>& verdict) {
    if (!verdict)
        return;
    row.reference = verdict->believed();
    row.reference_reason = to_text(*verdict);
}

// What was told a while ago, as it stands now.
Verdict aged(Verdict verdict, Duration age) {
    if (verdict.probation > 0ns)
        verdict.probation = std::max<Duration>(verdict.probation - age, 1ns);
    return verdict;
}

}  // namespace

NodeState Account::state() const {
    const NodeState state = steering_.state();
    const bool heard = state == NodeState::starting && following_ && following_->in_touch();
    return heard ? NodeState::synchronizing : state;
}

NodeStatus Account::status(const Moment& now) const {
    NodeStatus status;
    status.role = leading_ ? Role::master : Role::member;
    status.state = state();
    status.cluster = context_.settings.cluster;
    status.node = context_.settings.name;
    status.term = context_.term;
    status.epoch = context_.epoch;
    status.offset = steering_.offset(now);
    status.bound = steering_.bound(now);
    status.frequency = steering_.frequency();
    status.clock = context_.settings.clock;
    status.roster = context_.roster;
    for (const Candidate& each : context_.settings.candidates)
        status.candidates.push_back(each.name);
    add_master(status, now);
    add_move(status, now);
    add_references(status);
    if (const auto& line = steering_.line()) {
        status.bound_growth = line->bound_growth + kTurnMargin;
        if (status.state == NodeState::holdover)
            status.holdover = now.raw - line->line.anchor;
    }
    if (status.state == NodeState::synchronizing && status.offset && !context_.hands_off())
        status.settling = settling_time(*status.offset);
    Finding finding =
        find_trouble(status, leading_, following_, candidacy_, context_, steering_, now);
    status.reason = std::move(finding.reason);
    status.advice = std::move(finding.advice);
    return status;
}

// Of what the master told last nothing is known to be so when it is silent.
void Account::add_references(NodeStatus& status) const {
    status.calendar = context_.calendar;
    const bool told = following_ && following_->bulletin() && following_->in_touch();
    if (!leading_ && !told)
        return;
    const Guidance& guidance = leading_ ? leading_->guidance() : following_->bulletin()->guidance;
    status.references = guidance.granted;
    status.references_believed = guidance.believed;
    if (guidance.believed == 0)
        return;
    status.timescale = Timescale::reference;
    status.reference_offset = guidance.off;
}

void Account::add_master(NodeStatus& status, const Moment& now) const {
    if (leading_) {
        const Leading::Tally tally = leading_->tally();
        status.master = context_.settings.name;
        status.members = tally.members;
        status.counted = tally.counted;
        status.expected = tally.expected;
        return;
    }
    if (following_->confirmed())
        status.master = following_->master();
    status.master_address = following_->master_address();
    status.master_unheard = following_->unheard_for(now);
    if (const auto& bulletin = following_->bulletin()) {
        status.members = bulletin->members;
        status.counted = bulletin->counted;
        status.expected = bulletin->expected;
    }
}

void Account::add_move(NodeStatus& status, const Moment& now) const {
    const Moves& moves = context_.moves;
    if (!moves.pending(context_.epoch))
        return;
    const Move& known = *moves.known();
    MoveStatus& move = status.move.emplace();
    move.at = known.at;
    if (const auto& line = steering_.line())
        move.in = known.at - line->line.at(now.raw);
    move.by = known.by;
    move.epoch = known.id.epoch;
    move.way = known.way;
    move.decided = known.decided;
    move.accepted = moves.accepted();
    if (!leading_)
        return;
    const Leading::MoveTally tally = leading_->move_tally();
    move.known_by = tally.known_by;
    move.refused_by = tally.refused_by;
}

std::vector<MemberStatus> Account::members(const Moment& now) const {
    std::vector<MemberStatus> rows{about_self(now)};
    if (following_) {
        rows.push_back(about_master(now));
        return rows;
    }
    for (const Member* member : leading_->members()) {
        if (member->session != 0)
            rows.push_back(about(*member, now));
    }
    return rows;
}

MemberStatus Account::about_self(const Moment& now) const {
    MemberStatus row;
    row.name = context_.settings.name;
    row.offset = steering_.offset(now);
    row.bound = steering_.bound(now);
    row.frequency = steering_.frequency();
    if (steering_.line())
        row.uncertainty = steering_.line()->sigma_at(now.raw);
    if (leading_) {
        put(row, leading_->own_verdict());
        put(row, leading_->own_verdict_as_reference());
        return row;
    }
    // What the master told before it fell silent is not so any more.
    const auto& bulletin = following_->bulletin();
    if (bulletin && following_->in_touch()) {
        put(row, aged(bulletin->verdict, following_->unheard_for(now).value_or(0ns)));
        put(row, bulletin->reference);
    } else {
        row.state = bulletin ? state_of(bulletin->verdict) : MemberState::joining;
        row.reason = fmt::format("whether it counts is not known without {}", following_->master());
    }
    return row;
}

MemberStatus Account::about_master(const Moment& now) const {
    MemberStatus row;
    row.name = following_->master();
    row.address = following_->master_address();
    row.delay = following_->round_trip();
    const auto& bulletin = following_->bulletin();
    if (bulletin && following_->in_touch()) {
        put(row, aged(bulletin->master_verdict, following_->unheard_for(now).value_or(0ns)));
        if (bulletin->master_clock) {
            row.offset = bulletin->master_clock->offset;
            row.bound = bulletin->master_clock->bound;
        }
        return row;
    }
    const bool heard_once = following_->unheard_for(now).has_value();
    row.state = following_->told_goodbye() ? MemberState::left
                : heard_once               ? MemberState::silent
                                           : MemberState::joining;
    row.reason = master_trouble(*following_, candidacy_ != nullptr, context_, now).reason;
    return row;
}

MemberStatus Account::about(const Member& member, const Moment& now) const {
    MemberStatus row;
    const Verdict verdict = leading_->verdict_on(member, now.raw);
    put(row, verdict);
    if (leading_->formed())
        row.state = member.state;
    row.name = std::string(member.name.view());
    row.address = member.address;
    if (verdict.charge == Charge::silent) {
        row.reason += fmt::format(" from {}: is berkeleyd running there, and that UDP port open?",
                                  to_string(member.address));
    }
    if (verdict.charge == Charge::on_two_machines && member.twin.known(now.raw)) {
        row.reason +=
            fmt::format(", {} and {} both have it: take one away, or revoke {} and join both anew",
                        to_string(member.address), to_string(member.twin.address()), row.name);
    }
    row.delay = member.link.least_round_trip();
    put(row, leading_->verdict_as_reference(member));
    // What it told before cluster time was moved is of another one.
    if (!leading_->formed() || !member.readable(now.raw) ||
        member.told->header.epoch != context_.epoch)
        return row;
    const RawTime told_at = member.link.ours_at(member.told->raw);
    const TimeLine& cluster = leading_->cluster()->line;
    row.offset = member.told->system - SystemTime{cluster.at(told_at).ns};
    row.uncertainty = member.link.offset_sigma_at(now.raw);
    const BoundedLine told = member.link.told_to_peer(*leading_->cluster(), now.raw);
    row.bound = told.bound + std::chrono::abs(*row.offset);
    row.frequency = 1 / (1 + told.line.rate) - 1;
    return row;
}

Tracking Account::tracking(const Moment& now) const {
    Tracking tracking = context_.tracking;
    const std::uint64_t stamped = tracking.datagrams_received + tracking.datagrams_sent;
    tracking.program_stamps = stamped - std::min(stamped, tracking.kernel_stamps);
    if (steering_.line())
        tracking.correction_age = now.raw - steering_.line()->line.anchor;
    tracking.poll_interval =
        leading_ ? std::optional(leading_->poll_interval()) : following_->poll_interval();
    tracking.slew_left = steering_.kernel().slew_left;
    tracking.kernel_rate = steering_.kernel().rate;
    tracking.system = now.system;
    tracking.raw = now.raw;
    return tracking;
}

}  // namespace berkeley
