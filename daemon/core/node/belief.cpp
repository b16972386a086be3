#include "daemon/core/node/belief.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace berkeley {
namespace {

const BucketSize kLeaps{as_seconds(Belief::kMostByEpochs) / as_seconds(24h),
                        as_seconds(Belief::kMostByEpochs)};

Duration size_of(Duration difference) {
    return Duration{std::abs(difference.count())};
}

}  // namespace

std::optional<Disbelief> Belief::objection(const Header& header, const BoundedLine& told,
                                           const Moment& now) {
    if (const auto why = objection_to_count(header))
        return why;
    if (size_of(now.raw - told.line.anchor) > kLongestAge)
        return Disbelief::far_anchor;
    if (std::abs(told.line.rate) > kMostRate)
        return Disbelief::far_rate;
    if (is_first())
        return std::nullopt;
    if (begins_anew(header)) {
        if (permitted_ || leaps_.holds(kLeaps, now.steady(), cost_of_leap(told, now)))
            return std::nullopt;
        return Disbelief::leaps;
    }
    // Within an epoch, two true lines over one raw clock lie within their bounds of each other.
    const auto& held = steering_.line();
    if (held && size_of(told.line.at(now.raw) - held->line.at(now.raw)) >
                    told.bound_at(now.raw) + held->bound_at(now.raw))
        return Disbelief::contradicts;
    if (size_of(apart(told, now)) > leash(now.raw))
        return Disbelief::drags;
    return std::nullopt;
}

// Terms never fall. The epochs of another term are another count: if a master lost its state, or an
// earlier one told of epochs that never were, its members are not lost to the next one for ever.
std::optional<Disbelief> Belief::objection_to_count(const Header& header) const {
    if (header.term < context_.term)
        return Disbelief::outdated;
    if (header.term > term_of_epoch_)
        return std::nullopt;
    if (header.epoch < context_.epoch)
        return Disbelief::outdated;
    if (!credible(header.epoch, context_.epoch))
        return Disbelief::far_epoch;
    return std::nullopt;
}

Duration Belief::apart(const BoundedLine& told, const Moment& now) const {
    return reference_ ? told.line.at(now.raw) - reference_->line.at(now.raw) : 0ns;
}

Duration Belief::leash(RawTime now) const {
    return (reference_->learned ? kMostApart : kMostApartAtFirst) +
           gained(now - reference_->line.anchor, kMostRun);
}

// After a leap we learn anew, and may be moved by so much: no leap costs less than that.
double Belief::cost_of_leap(const BoundedLine& told, const Moment& now) const {
    return as_seconds(std::max(size_of(apart(told, now)), kMostApartAtFirst));
}

bool Belief::may_have_jumped(const BoundedLine& told, const Moment& now) {
    return is_first() || leaps_.holds(kLeaps, now.steady(), cost_of_leap(told, now));
}

void Belief::leap(Duration by) {
    if (reference_)
        reference_->line.cluster_at_anchor = reference_->line.cluster_at_anchor + by;
}

bool Belief::affords_leap(Duration by, const Moment& now) {
    const double cost = std::abs(as_seconds(by));
    if (!leaps_.holds(kLeaps, now.steady(), cost))
        return false;
    leaps_.take(cost);
    return true;
}

std::optional<Duration> Belief::believe(const Header& header, const BoundedLine& told,
                                        const Moment& now) {
    std::optional<Duration> leapt;
    const bool first = is_first();
    if (first || begins_anew(header)) {
        if (!first) {
            leapt = apart(told, now);
            if (!permitted_)
                leaps_.take(cost_of_leap(told, now));
        }
        permitted_ = false;
        reference_ = {told.line.anchored_at(now.raw), now.raw};
        jumped_ = false;
    } else {
        run_after(told.line, now.raw);
    }
    term_of_epoch_ = std::min(header.term, context_.term);
    return leapt;
}

bool Belief::affords(Duration move, const Moment& now) {
    return leaps_.holds(kLeaps, now.steady(), as_seconds(size_of(move)));
}

// The reference goes with it: nothing is learned anew.
void Belief::moved(Duration by, const Moment& now) {
    if (!permitted_ && affords(by, now))
        leaps_.take(as_seconds(size_of(by)));
    permitted_ = false;
    if (reference_)
        reference_->line.cluster_at_anchor = reference_->line.cluster_at_anchor + by;
}

void Belief::go_on_from_held_line(const Moment& now) {
    reference_.reset();
    if (const auto& held = steering_.line())
        reference_ = {held->line.anchored_at(now.raw), now.raw};
    term_of_epoch_ = context_.term;
}

// The rate is that of a holdover, too, which may last: by a false one a master that falls silent
// would drag the clock on. The bound is never smaller than what we have measured ourselves, nor
// does it grow more slowly than oscillators may run apart, nor shrink towards an anchor ahead.
BoundedLine Belief::followable(const BoundedLine& told, const Moment& now, Duration least_bound,
                               Duration poll) const {
    const double known = reference_->line.rate;
    BoundedLine line = told;
    line.line = told.line.anchored_at(now.raw);
    line.sigma = told.sigma_at(now.raw);
    line.line.rate = std::clamp(told.line.rate, known - kMostRun, known + kMostRun);
    line.bound = std::max(told.bound_at(now.raw), least_bound);
    line.sigma = told.sigma_at(now.raw);
    line.bound_growth = std::max(told.bound_growth, 2 * kRho);
    line.turn = Ensemble::turn_limit(std::max<Duration>(poll, 1ms)) + Ensemble::kMostTurn;
    return line;
}

void Belief::run_after(const TimeLine& told, RawTime now) {
    TimeLine& line = reference_->line;
    const Duration most = gained(now - line.anchor, kMostRun);
    line = line.anchored_at(now);
    if (reference_->learned) {
        const Duration behind = told.at(now) - line.cluster_at_anchor;
        line.cluster_at_anchor = line.cluster_at_anchor + std::clamp(behind, -most, most);
    } else if (now - reference_->since < kLearning) {
        line.rate = told.rate;
    } else {
        line = told.anchored_at(now);
        reference_->learned = true;
    }
}

std::string_view to_text(Disbelief why) {
    switch (why) {
        case Disbelief::outdated:
            return "they are of an earlier term or epoch than is known here";
        case Disbelief::far_epoch:
            return "their epoch is beyond all that can be";
        case Disbelief::far_anchor:
            return "they are drawn from a moment more than an hour away";
        case Disbelief::far_rate:
            return "their rate is beyond 1000 ppm";
        case Disbelief::contradicts:
            return "they contradict what is known here by more than both bounds";
        case Disbelief::drags:
            return "they drag the clock away from where this machine's oscillator has cluster time";
        case Disbelief::leaps:
            return "they move cluster time further than new epochs may in a day";
        case Disbelief::convicted:
            return "they contradict what it tells others";
    }
    contract_broken("a disbelief without words");
}

std::string advice(Disbelief why, std::string_view master) {
    switch (why) {
        case Disbelief::outdated:
            return fmt::format(
                "restart berkeleyd on {}; if that does not help, it lost its state: "
                "remove state.json from `state_dir` here, and restart berkeleyd",
                master);
        case Disbelief::far_epoch:
        case Disbelief::far_anchor:
        case Disbelief::far_rate:
            return fmt::format("look at {}: no clock that is sound tells such", master);
        case Disbelief::leaps:
            return fmt::format(
                "if the operators want that, 'berkeleyctl step' here follows it; if nobody does, "
                "look at who has the key of {}",
                master);
        case Disbelief::contradicts:
        case Disbelief::drags:
            return fmt::format(
                "'journalctl -u berkeleyd' tells by how much; if the clock of {} is "
                "right, restart berkeleyd here",
                master);
        case Disbelief::convicted:
            return fmt::format(
                "if 'berkeleyctl status' tells the same on other nodes, stop berkeleyd on {} and "
                "look at who has its key; if on this node alone, look at its clock, its memory and "
                "its way to {}",
                master, master);
    }
    contract_broken("a disbelief without advice");
}

}  // namespace berkeley
