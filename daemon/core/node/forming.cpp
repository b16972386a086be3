#include "daemon/core/node/forming.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <utility>

#include "daemon/core/agree/median.hpp"

namespace berkeley {
namespace {

// A reading and whose it is; nullptr: our own.
struct Ballot {
    Member* member = nullptr;
    Reading reading;
    double sigma_s = 0;  // of a claim, our exchanges with who makes it included
};

bool ready(const Member& member, const OwnReading& own) {
    return member.active() && !member.silent(own.now.raw) && member.readable(own.now.raw) &&
           !member.twin.known(own.now.raw);
}

// Offsets against our own system clock.
std::vector<Ballot> system_ballots(const OwnReading& own, std::span<Member* const> members) {
    std::vector<Ballot> ballots;
    if (own.has_say())
        ballots.push_back({nullptr, {}, 0});
    for (Member* member : members) {
        if (!ready(*member, own) || !member->votes())
            continue;
        ballots.push_back({member,
                           {member->system_at(own.now.raw) - own.now.system,
                            member->measuring_bound(own.now.raw)}});
    }
    return ballots;
}

// The epochs that anybody knows of, the latest first. One that is out of all bounds is no epoch.
std::vector<std::uint64_t> known_epochs(const OwnReading& own, std::span<Member* const> members) {
    std::vector<std::uint64_t> epochs{own.epoch};
    if (own.move)
        epochs.push_back(own.move->id.epoch);
    for (const Member* member : members) {
        if (ready(*member, own) && credible(member->told->header.epoch, own.epoch))
            epochs.push_back(member->told->header.epoch);
    }
    std::sort(epochs.begin(), epochs.end(), std::greater<>());
    epochs.erase(std::unique(epochs.begin(), epochs.end()), epochs.end());
    return epochs;
}

// No clock is off by more: a rate beyond is what some other program left in the middle of a slew.
constexpr double kPlausibleRate = 500 * kPpm;
// Of our own oscillator, from before the cause of this beginning: temperature moved it meanwhile.
constexpr double kRateKept = 0.5 * kPpm;

// The median of the rates that the counted system clocks run at, over our own raw clock.
double rate_of_counted(const OwnReading& own, const std::vector<Ballot>& ballots,
                       const std::vector<bool>& counted) {
    std::vector<double> rates;
    for (std::size_t i = 0; i < ballots.size(); ++i) {
        if (!counted[i])
            continue;
        const Member* member = ballots[i].member;
        rates.push_back(member == nullptr ? own.system_rate : member->system_rate());
    }
    return median_of(rates);
}

// What it claims of cluster time in `epoch`: who has not carried out a move yet, and who has, speak
// of the same.
std::optional<ClusterTime> claim_in(std::uint64_t epoch, std::uint64_t of, ClusterTime claimed,
                                    const std::optional<Move>& move) {
    if (of == epoch)
        return claimed;
    if (move && move->id.epoch == epoch && of + 1 == epoch && claimed >= move->at)
        return claimed + move->by;
    return std::nullopt;
}

std::vector<Ballot> claim_ballots(const OwnReading& own, std::span<Member* const> members,
                                  std::uint64_t epoch) {
    const ClusterTime reference{own.now.system.ns};
    std::vector<Ballot> ballots;
    const auto ours = own.line
                          ? claim_in(epoch, own.epoch, own.line->line.at(own.now.raw), own.move)
                          : std::nullopt;
    if (ours)
        ballots.push_back({nullptr,
                           {*ours - reference, own.line->bound_at(own.now.raw)},
                           as_seconds(own.line->sigma_at(own.now.raw))});
    for (Member* member : members) {
        if (!ready(*member, own) || (own.disowned && member->vote == own.vote))
            continue;
        const auto told = member->claimed_at(own.now.raw);
        const auto claimed =
            told ? claim_in(epoch, member->told->header.epoch, *told, own.move) : std::nullopt;
        if (!claimed)
            continue;
        ballots.push_back({member,
                           {*claimed - reference,
                            member->told->claim->bound + member->measuring_bound(own.now.raw)},
                           std::hypot(as_seconds(member->told->claim->sigma),
                                      as_seconds(member->link.offset_sigma_at(own.now.raw)))});
    }
    return ballots;
}

// A few exchanges tell what the others claim far worse than we know our own line. (Whoever feigns
// to be sure is as unsure as our exchanges with it.)
Duration weighted_average(const std::vector<Ballot>& ballots, const std::vector<bool>& counted) {
    constexpr double kLeast_s = 1e-7;
    const Duration near = ballots.front().reading.offset;
    double sum = 0;
    double weights = 0;
    for (std::size_t i = 0; i < ballots.size(); ++i) {
        if (!counted[i])
            continue;
        const double weight = 1 / (ballots[i].sigma_s * ballots[i].sigma_s + kLeast_s * kLeast_s);
        sum += weight * as_seconds(ballots[i].reading.offset - near);
        weights += weight;
    }
    return near + seconds(sum / weights);
}

std::optional<Agreement> agree_on(const OwnReading& own, const std::vector<Ballot>& ballots,
                                  std::size_t expected) {
    std::vector<Reading> readings;
    std::vector<Vote> votes;
    readings.reserve(ballots.size());
    votes.reserve(ballots.size());
    for (const Ballot& ballot : ballots) {
        readings.push_back(ballot.reading);
        votes.push_back(ballot.member == nullptr ? own.vote : ballot.member->vote);
    }
    const std::size_t required = majority_of(std::max(expected, number_of(votes)));
    return agree_by_votes(readings, votes, required, kGamma);
}

// What references agree on, if a majority of the votes is there to hear of it: also of those that
// have no say, as their clocks know no date.
std::optional<Agreement> given(const References::Start& outside, const OwnReading& own,
                               std::span<Member* const> members, const std::vector<Ballot>& ballots,
                               std::size_t expected) {
    std::vector<Vote> votes;
    if (own.votes)
        votes.push_back(own.vote);
    for (const Member* member : members) {
        if (ready(*member, own) && member->told->votes)
            votes.push_back(member->vote);
    }
    Agreement agreement;
    agreement.average = outside.reading.offset;
    agreement.tightest = outside.reading.range();
    const OffsetRange near{agreement.tightest.low - kGamma, agreement.tightest.high + kGamma};
    for (const Ballot& ballot : ballots)
        agreement.counted.push_back(near.holds(ballot.reading.offset));
    const std::size_t present = number_of(std::move(votes));
    if (present < majority_of(std::max(expected, present)))
        return std::nullopt;
    return agreement;
}

void mark(Member& member, const OwnReading& own, ClusterTime cluster, bool counted) {
    const Duration off = member.system_at(own.now.raw) - SystemTime{cluster.ns};
    member.clock.counted = counted;
    if (member.clock.counted_for == 0ns)
        member.clock.expected_rate = 1 / (1 + member.told->system_rate) - 1;
    member.counts_from = own.now.raw;
    if (counted) {
        member.state = MemberState::trusted;
        member.verdict = {};
    } else if (std::chrono::abs(off) <= kGamma) {
        // Nothing speaks against it: it had no claim, or is yet to be measured well.
        member.state = MemberState::joining;
        member.verdict = {.charge = Charge::being_measured};
    } else {
        member.state = MemberState::excluded;
        member.counts_from = own.now.raw + kProbation;
        member.verdict = member.charge = off_when_formed(off);
    }
}

Formed conclude(const OwnReading& own, std::span<Member* const> members,
                const std::vector<Ballot>& ballots, const Agreement& agreement) {
    Formed formed;
    formed.at_now = ClusterTime{own.now.system.ns} + agreement.average;
    formed.rate = rate_of_counted(own, ballots, agreement.counted);
    formed.width = agreement.tightest.width();
    formed.own_off = -agreement.average;
    formed.doubt = std::max(agreement.tightest.high - agreement.average,
                            agreement.average - agreement.tightest.low);
    for (Member* member : members) {
        if (ready(*member, own))
            mark(*member, own, formed.at_now, false);
    }
    for (std::size_t i = 0; i < ballots.size(); ++i) {
        if (!agreement.counted[i])
            continue;
        ++formed.counted;
        if (ballots[i].member == nullptr) {
            formed.own_counted = true;
        } else {
            mark(*ballots[i].member, own, formed.at_now, true);
        }
    }
    return formed;
}

void continue_epoch(Formed& formed, const OwnReading& own, std::uint64_t epoch) {
    formed.continued = true;
    formed.epoch = epoch;
    if (own.cluster_rate) {
        formed.rate = *own.cluster_rate;
        formed.rate_sigma = kRateKept;
    }
}

}  // namespace

Verdict off_when_formed(Duration off) {
    return {Charge::off_when_formed, off.count(), {}};
}

Voters count_voters(const OwnReading& own, std::span<const Member* const> members,
                    std::size_t expected) {
    Voters voters;
    std::vector<Vote> present;
    if (own.has_say())
        present.push_back(own.vote);
    voters.own_long_past = own.votes && own.now.system < own.floor;
    voters.long_past = voters.own_long_past ? 1 : 0;
    for (const Member* member : members) {
        if (member->active() && member->told && member->told->votes && member->told->long_past())
            ++voters.long_past;
        if (!member->active() || member->twin.known(own.now.raw) ||
            (member->told && !member->votes()))
            continue;
        voters.claims = voters.claims || (member->told && member->told->claim);
        if (ready(*member, own)) {
            present.push_back(member->vote);
        } else {
            voters.still_joining = true;
        }
    }
    voters.present = number_of(std::move(present));
    voters.expected = std::max(expected, voters.present);
    return voters;
}

Formed go_on_by_own(const OwnReading& own, std::span<Member* const> members) {
    const Duration bound = own.line->bound_at(own.now.raw);
    const Duration offset = own.line->line.at(own.now.raw) - ClusterTime{own.now.system.ns};
    std::vector<Ballot> ballots{{nullptr, {offset, bound}}};
    Agreement agreement;
    agreement.tightest = {offset - bound, offset + bound};
    agreement.average = offset;
    for (Member* member : members) {
        if (!ready(*member, own) || !member->votes())
            continue;
        const Duration off = member->system_at(own.now.raw) - own.now.system - offset;
        if (std::chrono::abs(off) <= kGamma)
            ballots.push_back({member, {}});
    }
    agreement.counted.assign(ballots.size(), true);
    Formed formed = conclude(own, members, ballots, agreement);
    continue_epoch(formed, own, own.epoch);
    return formed;
}

std::optional<Formed> form(const OwnReading& own, std::span<Member* const> members,
                           std::size_t expected, const std::optional<References::Start>& outside) {
    const auto epochs = known_epochs(own, members);
    for (const std::uint64_t epoch : epochs) {
        if (epoch == 0)
            break;
        const auto claims = claim_ballots(own, members, epoch);
        auto agreement = agree_on(own, claims, expected);
        if (!agreement)
            continue;
        agreement->average = weighted_average(claims, agreement->counted);
        // We have moved, and most others are about to.
        if (own.move && own.epoch == own.move->id.epoch && epoch + 1 == own.epoch)
            return std::nullopt;
        Formed formed = conclude(own, members, claims, *agreement);
        formed.rate_sigma = kRateGuessed;
        // A few seconds of exchanges tell a rate to some 10 ppm.
        continue_epoch(formed, own, epoch);
        return formed;
    }
    const auto systems = system_ballots(own, members);
    const auto agreement = outside ? given(*outside, own, members, systems, expected)
                                   : agree_on(own, systems, expected);
    if (!agreement)
        return std::nullopt;
    Formed formed = conclude(own, members, systems, *agreement);
    if (outside) {
        formed.rate = outside->rate;
        formed.by_references = true;
    }
    formed.rate = std::clamp(formed.rate, -kPlausibleRate, kPlausibleRate);
    formed.doubt = 0ns;
    formed.epoch = epochs.front() + 1;
    return formed;
}

std::optional<Formed> begin_where_last_seen(const OwnReading& own, std::span<Member* const> members,
                                            std::size_t expected) {
    std::vector<Ballot> ballots;
    std::vector<VotedValue> floors;  // seconds from our own
    if (own.votes) {
        if (own.has_say())
            return std::nullopt;
        ballots.push_back({});
        floors.push_back({own.vote, 0});
    }
    for (Member* member : members) {
        if (!ready(*member, own) || !member->told->votes)
            continue;
        if (!member->told->long_past())
            return std::nullopt;
        ballots.push_back({member, {}});
        floors.push_back({member->vote, as_seconds(member->told->floor - own.floor)});
    }
    std::vector<double> seen = one_of_each_vote(floors);
    if (seen.size() < majority_of(expected))
        return std::nullopt;
    // Of an even number the later of the two in the middle: time had better not repeat.
    const auto middle = seen.begin() + static_cast<std::ptrdiff_t>(seen.size() / 2);
    std::nth_element(seen.begin(), middle, seen.end());
    const Duration last_seen = own.floor - own.now.system + seconds(*middle);

    Agreement agreement;
    agreement.average = last_seen + kBetweenStateSaves;
    agreement.tightest = {agreement.average, agreement.average};
    agreement.counted.assign(ballots.size(), true);
    Formed formed = conclude(own, members, ballots, agreement);
    formed.blindly = true;
    formed.rate = std::clamp(formed.rate, -kPlausibleRate, kPlausibleRate);
    formed.epoch = known_epochs(own, members).front() + 1;
    return formed;
}

}  // namespace berkeley
