#include "daemon/core/node/jury.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "daemon/core/agree/median.hpp"
#include "daemon/core/time/text.hpp"

namespace berkeley {
namespace {

// A crystal's rate does not change by more than this in minutes; temperature moves it by a few
// tenths. Beyond it, and beyond what measuring can mistake, something is wrong with that clock.
constexpr double kRateChange = 5 * kPpm;
constexpr double kRateSigmas = 6;
constexpr double kRateKnown = 1 * kPpm;  // one sigma: known well enough to judge by, and to vote
constexpr Duration kRateMemory = 300s;

// A system clock that steers and is this far from cluster time does not hold what it is told.
constexpr Duration kFarOff = 10ms;

bool rate_known(const Member& member) {
    return member.link.measured() && member.link.rate_sigma() < kRateKnown;
}

}  // namespace

// What all rates seem to have changed by, seen from our own clock: if it is not nothing, it was
// our own that changed.
double Jury::common_change(std::span<Member* const> members, const OwnClock& own) const {
    std::vector<double> changes;
    changes.reserve(members.size() + 1);
    if (own.votes)
        changes.push_back(0);
    for (const Member* member : members) {
        if (member->state != MemberState::trusted || !member->steady_rate)
            continue;
        changes.push_back(member->link.rate() - *member->steady_rate);
    }
    return median_of(changes);
}

void Jury::judge_own(OwnClock& own, double common, RawTime now) const {
    if (!own.votes) {
        own.clock.counted = false;
        own.reason = "it only observes";
        return;
    }
    if (std::abs(common) > kRateChange) {
        own.clock.counted = false;
        own.counts_from = now + kProbation;
        own.reason =
            fmt::format("its oscillator changed by {:+.1f} ppm against the others", -common / kPpm);
    } else if (!own.clock.counted && now >= own.counts_from) {
        own.clock.counted = true;
        own.clock.expected_rate = ensemble_.rate_against_cluster(0);
        own.reason.clear();
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
        member.reason =
            fmt::format("no answer for {} s: is UDP open between us?", unheard / Duration{1s});
        return;
    }
    if (!member.readable(now)) {
        member.state = MemberState::joining;
        member.clock.counted = false;
        member.reason = "being measured";
        return;
    }
    const std::string guilt = charge(member, common, cluster, now);
    member.suspect = false;
    if (!guilt.empty()) {
        // It stays on record for what it was first excluded for, not for the last trace of it.
        if (member.state != MemberState::excluded)
            member.charge = guilt;
        member.state = MemberState::excluded;
        member.clock.counted = false;
        member.reason = guilt;
        member.counts_from = now + kProbation;
        member.steady_rate.reset();
        return;
    }
    remember_rate(member, since_last);
    if (!member.told->votes) {
        member.state = MemberState::trusted;
        member.clock.counted = false;
        member.reason = "it only observes";
        return;
    }
    if (member.clock.counted)
        return;
    if (now < member.counts_from) {
        member.reason = fmt::format("counts again in {} s: {}",
                                    (member.counts_from - now) / Duration{1s} + 1, member.charge);
        return;
    }
    if (!rate_known(member)) {
        member.state = MemberState::joining;
        member.reason = "its rate is being learned";
        return;
    }
    member.state = MemberState::trusted;
    member.clock.counted = true;
    member.clock.expected_rate = ensemble_.rate_against_cluster(member.link.rate());
    member.reason.clear();
}

// What speaks against its clock now; empty if nothing does.
std::string Jury::charge(const Member& member, double common, const TimeLine& cluster,
                         RawTime now) const {
    if (!member.told->past_floor)
        return "its clock reads a time that has long passed";
    if (member.suspect)
        return "its oscillator jumped";
    if (member.steady_rate && rate_known(member)) {
        const double change = member.link.rate() - *member.steady_rate - common;
        if (std::abs(change) > kRateChange + kRateSigmas * member.link.rate_sigma()) {
            return fmt::format("its oscillator changed by {:+.1f} ppm", change / kPpm);
        }
    }
    const Duration off = member.system_at(now) - SystemTime{cluster.at(now).ns};
    if (member.told->votes && !member.told->steers && std::abs(off.count()) > kFarOff.count()) {
        return fmt::format("its clock is {} off and refuses to be steered", to_text(off));
    }
    if (member.told->steers && std::abs(off.count()) > kFarOff.count() && !member.clock.counted) {
        return fmt::format("its clock is {} off, being corrected", to_text(off));
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
