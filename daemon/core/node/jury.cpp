#include "daemon/core/node/jury.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "daemon/core/agree/median.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

// A crystal's rate does not change by more than this in minutes; temperature moves it by a few
// tenths. Beyond it, and beyond what measuring can mistake, something is wrong with that clock.
constexpr double kRateChange = 5 * kPpm;
constexpr double kRateSigmas = 6;
constexpr double kRateKnown = 1 * kPpm;  // one sigma: known well enough to judge by
constexpr double kRateProved =
    0.1 * kPpm;  // and to count, as what is expected of it is taken from it
constexpr Duration kRateMemory = 300s;

// A system clock that steers and is this far from cluster time does not hold what it is told.
constexpr Duration kFarOff = 10ms;

Verdict changed_by(double rate) {
    return {Charge::oscillator_changed, as_ppb(std::clamp(rate, -1.0, 1.0)), {}};
}

Verdict on_probation(Verdict charge, Duration left) {
    charge.probation = left;
    return charge;
}

bool rate_known(const Member& member) {
    return member.link.measured() && member.link.rate_sigma() < kRateKnown;
}

}  // namespace

// What all rates seem to have changed by, seen from our own clock: if it is not nothing, it was
// our own that changed.
double Jury::common_change(std::span<Member* const> members, const OwnClock& own) const {
    std::vector<VotedValue> all;
    all.reserve(members.size() + 1);
    if (own.votes)
        all.push_back({own.vote, 0});
    for (const Member* member : members) {
        if (member->state != MemberState::trusted || !member->steady_rate)
            continue;
        all.push_back({member->vote, member->link.rate() - *member->steady_rate});
    }
    std::vector<double> changes = one_of_each_vote(all);
    return median_of(changes);
}

void Jury::judge_own(OwnClock& own, double common, RawTime now) const {
    if (!own.votes) {
        own.clock.counted = false;
        own.verdict = {.charge = Charge::observes};
        return;
    }
    if (std::abs(common) > kRateChange) {
        own.clock.counted = false;
        own.counts_from = now + kProbation;
        own.verdict = own.charge = changed_by(-common);
    } else if (!own.clock.counted && now < own.counts_from) {
        own.verdict = on_probation(own.charge, own.counts_from - now);
    } else if (!own.clock.counted) {
        own.clock = ensemble_.newcomer(0);
        own.verdict = {};
    }
}

void Jury::judge(Member& member, double common, const TimeLine& cluster, RawTime now,
                 Duration since_last) const {
    if (!member.active())
        return;
    if (member.silent(now)) {
        const Duration unheard = now - member.heard_at.value_or(member.known_since);
        member.state = MemberState::silent;
        member.clock.counted = false;
        member.counts_from = now;
        member.verdict = {Charge::silent, unheard.count(), {}};
        return;
    }
    if (!member.readable(now) || !member.measured_lately(now)) {
        member.state = MemberState::joining;
        member.clock.counted = false;
        member.verdict = {.charge = Charge::being_measured};
        return;
    }
    const Verdict guilt = charge(member, common, cluster, now);
    member.suspect = false;
    if (!guilt.counts()) {
        // It stays on record for what it was first excluded for, not for the last trace of it.
        if (member.state != MemberState::excluded)
            member.charge = guilt;
        member.state = MemberState::excluded;
        member.clock.counted = false;
        member.verdict = guilt;
        member.counts_from = now + kProbation;
        member.steady_rate.reset();
        return;
    }
    remember_rate(member, since_last);
    if (!member.told->votes) {
        member.state = MemberState::trusted;
        member.clock.counted = false;
        member.verdict = {.charge = member.why_no_vote()};
        return;
    }
    if (member.clock.counted)
        return;
    if (now < member.counts_from) {
        member.verdict = on_probation(member.charge, member.counts_from - now);
        return;
    }
    if (!rate_known(member) || member.link.rate_sigma() > kRateProved) {
        member.state = MemberState::joining;
        member.verdict = {.charge = Charge::rate_unknown};
        return;
    }
    member.state = MemberState::trusted;
    member.clock = ensemble_.newcomer(member.link.rate());
    member.verdict = {};
}

// What speaks against its clock now.
Verdict Jury::charge(const Member& member, double common, const TimeLine& cluster,
                     RawTime now) const {
    if (member.twin.known(now))
        return {.charge = Charge::on_two_machines};
    if (member.told->long_past() && !member.clock.counted)
        return {.charge = Charge::long_past};
    if (member.suspect)
        return {.charge = Charge::oscillator_jumped};
    if (member.steady_rate && rate_known(member)) {
        const double change = member.link.rate() - *member.steady_rate - common;
        if (std::abs(change) > kRateChange + kRateSigmas * member.link.rate_sigma())
            return changed_by(change);
    }
    // The clock of a reference is judged as one: another steers it, and cluster time goes after it.
    if (member.is_reference)
        return {};
    const Duration off = member.system_at(now) - SystemTime{cluster.at(now).ns};
    if (member.told->votes && !member.told->steers && std::chrono::abs(off) > kFarOff) {
        return {Charge::not_steered, off.count(), {}};
    }
    if (member.told->steers && std::chrono::abs(off) > kFarOff && !member.clock.counted) {
        return {Charge::being_corrected, off.count(), {}};
    }
    return {};
}

void Jury::remember_rate(Member& member, Duration since_last) const {
    if (!rate_known(member))
        return;
    const double rate = member.link.rate();
    if (!member.steady_rate) {
        member.steady_rate = rate;
        return;
    }
    const double share = std::min(1.0, as_seconds(since_last) / as_seconds(kRateMemory));
    *member.steady_rate += (rate - *member.steady_rate) * share;
}

}  // namespace berkeley
