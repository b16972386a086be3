#include "daemon/core/node/references.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "daemon/core/agree/intersection.hpp"
#include "daemon/core/agree/median.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

constexpr Duration kAnchorAge = 60s;
constexpr Duration kLongestGap = 30s;  // unseen for longer, it is as one that is new
constexpr Duration kJumpMemory = 1h;
constexpr Duration kProbationAtFirst = 60s;
// Cluster time and true time run apart by less: two oscillators within their limits.
constexpr double kMostApart = 200 * kPpm;
constexpr double kSteadyRate = 10 * kPpm;

// What speaks against it at once, whatever it did before.
ReferenceVerdict standing_charge(const ReferenceTestimony& it) {
    if (!it.granted)
        return {.charge = ReferenceCharge::not_granted};
    if (it.silent)
        return {.charge = ReferenceCharge::silent};
    if (!it.outside.synchronized)
        return {.charge = ReferenceCharge::unsynchronized};
    if (it.outside.max_error > References::kMostError)
        return {ReferenceCharge::uncertain, it.outside.max_error.count(), {}};
    if (!it.past_floor)
        return {.charge = ReferenceCharge::long_past};
    if (!it.reading)
        return {.charge = ReferenceCharge::being_measured};
    return {.charge = ReferenceCharge::none};
}

// By how much it is further from there than both readings may err; 0 if it is not.
Duration jump_since(const std::optional<ReferenceRecord::Seen>& before, const Reading& reading,
                    RawTime now) {
    if (!before)
        return 0ns;
    const Duration moved = reading.offset - before->reading.offset;
    const Duration may_move =
        reading.bound + before->reading.bound + gained(now - before->at, kMostApart);
    return std::chrono::abs(moved) > may_move ? moved : 0ns;
}

Duration probation_for(unsigned jumps) {
    constexpr unsigned kMostDoublings = 10;
    const Duration longer = kProbationAtFirst * (1U << std::min(jumps - 1, kMostDoublings));
    return std::min<Duration>(longer, References::kLongestProbation);
}

void note_jump(ReferenceRecord& record, Duration by, RawTime now) {
    const bool again = record.jumps > 0 && now - record.jumped_at < kJumpMemory;
    record.jumps = again ? record.jumps + 1 : 1;
    record.jumped_at = now;
    record.believed_from = now + probation_for(record.jumps);
    record.charge = {ReferenceCharge::jumped, by.count(), {}};
    record.anchor.reset();
}

ReferenceVerdict verdict_on(const ReferenceTestimony& it, RawTime now) {
    ReferenceRecord& record = *it.record;
    if (record.last && now - record.last->at > kLongestGap) {
        record.last.reset();
        record.anchor.reset();
        record.believed_from = std::max(record.believed_from, now + References::kProof);
        record.charge = {};
    }
    const ReferenceVerdict standing = standing_charge(it);
    if (!standing.believed()) {
        record.last.reset();
        record.anchor.reset();
        record.believed_from = std::max(record.believed_from, now + References::kProof);
        record.charge = standing;
        return standing;
    }
    if (record.believed_from == RawTime{})
        record.believed_from = now + References::kProof;
    Duration jump = jump_since(record.last, *it.reading, now);
    if (jump == 0ns)
        jump = jump_since(record.anchor, *it.reading, now);
    if (jump != 0ns)
        note_jump(record, jump, now);
    record.last = {now, *it.reading};
    if (!record.anchor || now - record.anchor->at > kAnchorAge)
        record.anchor = record.last;
    if (now >= record.believed_from)
        return {.charge = ReferenceCharge::none};
    ReferenceVerdict waiting = record.charge;
    waiting.probation = record.believed_from - now;
    return waiting;
}

bool is_steady(const ReferenceTestimony& it, RawTime now) {
    auto& steady = it.record->steady;
    if (!standing_charge(it).believed()) {
        steady.reset();
        return false;
    }
    if (!steady || std::abs(it.told_rate - steady->rate) > kSteadyRate)
        steady = {now, it.told_rate};
    return now - steady->since >= References::kSteadyFor;
}

}  // namespace

std::optional<References::Start> References::agree_at_start(std::span<const ReferenceTestimony> all,
                                                            RawTime now) {
    std::vector<Reading> readings;
    std::vector<double> rates;
    for (const ReferenceTestimony& it : all) {
        if (!is_steady(it, now))
            continue;
        readings.push_back(*it.reading);
        rates.push_back(it.rate);
    }
    if (readings.empty())
        return std::nullopt;
    const auto found = intersect(readings);
    if (!found)
        return std::nullopt;
    std::vector<double> agreeing;
    for (std::size_t i = 0; i < rates.size(); ++i) {
        if (found->agrees[i])
            agreeing.push_back(rates[i]);
    }
    const Duration bound =
        std::max(found->range.high - found->middle, found->middle - found->range.low);
    return Start{{found->middle, bound}, median_of(agreeing)};
}

void References::admit(std::span<const ReferenceTestimony> all, RawTime now) {
    for (const ReferenceTestimony& it : all) {
        if (standing_charge(it).believed())
            it.record->believed_from = now;
    }
}

void References::cluster_time_moved(ReferenceRecord& record, Duration by) {
    for (std::optional<ReferenceRecord::Seen>* seen : {&record.last, &record.anchor}) {
        if (*seen)
            (*seen)->reading.offset -= by;
    }
}

std::optional<Duration> References::judge(std::span<const ReferenceTestimony> all, RawTime now) {
    std::vector<Reading> readings;
    std::vector<ReferenceRecord*> in_order;
    for (const ReferenceTestimony& it : all) {
        it.record->verdict = verdict_on(it, now);
        if (!it.record->verdict.believed())
            continue;
        readings.push_back(*it.reading);
        in_order.push_back(it.record);
    }
    const auto found = readings.empty() ? std::nullopt : intersect(readings);
    std::vector<const ReferenceRecord*> believed;
    for (std::size_t i = 0; i < in_order.size(); ++i) {
        ReferenceRecord& record = *in_order[i];
        if (!found || !found->agrees[i]) {
            record.disagreed_by = readings[i].offset - (found ? found->middle : 0ns);
            record.agrees_from = now + kProof;
            record.verdict = {ReferenceCharge::disagrees, record.disagreed_by.count(), {}};
        } else if (now < record.agrees_from) {
            record.verdict = {ReferenceCharge::disagrees, record.disagreed_by.count(),
                              record.agrees_from - now};
        } else {
            believed.push_back(&record);
        }
    }
    same_ = believed == believed_;
    believed_ = std::move(believed);
    return believed_.empty() ? std::nullopt : std::optional(found->middle);
}

}  // namespace berkeley
