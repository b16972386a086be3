#include "daemon/core/agree/pull.hpp"

#include <algorithm>
#include <cmath>

namespace berkeley {
namespace {

constexpr double kSwiftestPull = 50 * kPpb;  // change of the pull in a second
constexpr double kNoRate = 200 * kPpm;       // what changes faster than any clock was set
constexpr Duration kRateMemory = 300s;
constexpr Duration kRateSeen = 30s;
// With the memory before it, this turns without overshoot.
constexpr Duration kTurnTime = 4 * kRateMemory;

// While learning. Two oscillators that each are as bad as they may be are 100 ppm apart.
constexpr double kMostLearned = 120 * kPpm;
constexpr double kMostPulledThen = 50 * kPpm;
constexpr Duration kTurnTimeThen = 60s;
constexpr Duration kTimeConstantThen = 60s;

// A line that is held for four hours is off by the middle of what the rate turns by meanwhile.
constexpr double kTurnAllowed = Pull::kMostTurn * 4 * 3600 / 2;

}  // namespace

bool Pull::learning() const {
    return learning_ > 0ns;
}

double Pull::steer(std::optional<Duration> off, bool same, Duration elapsed, Duration poll,
                   double turn_limit) {
    allowance_ =
        std::min(kMostTurn * as_seconds(kRateMemory), allowance_ + kMostTurn * as_seconds(elapsed));
    double turned = 0;
    if (off) {
        watch_rate(*off, same, elapsed);
        turned = turn(elapsed, turn_limit);
        pull(off, elapsed, poll, turn_limit - std::abs(turned));
        kept_ = 0;
    } else {
        if (last_off_)
            kept_ = rate_to_keep();
        const double before = pull_;
        pull(off, elapsed, poll, turn_limit);
        const double released = std::abs(before - pull_);
        turned = std::clamp(kept_, -released, released);
        kept_ -= turned;
        turned_ += turned;
        seen_for_ = 0ns;
        rate_off_ = 0;
    }
    allowance_ = std::max(0.0, allowance_ - std::abs(turned));
    last_off_ = off;
    learning_ = std::max<Duration>(learning_ - elapsed, 0ns);
    return turned;
}

// A part of the pull brings no offset down, but makes up for a rate that has not turned yet. That
// is the rate cluster time has, and it is kept when nobody is believed any more.
double Pull::rate_to_keep() const {
    if (learning() || seen_for_ < kRateMemory)
        return 0;
    const double most = std::min({std::abs(rate_off_), std::abs(pull_), allowance_,
                                  kMostTurned - turned_, kMostTurned + turned_});
    return rate_off_ * pull_ > 0 ? std::copysign(most, pull_) : 0;
}

void Pull::pull(std::optional<Duration> off, Duration elapsed, Duration poll, double limit) {
    const double most = learning() ? kMostPulledThen : kMost;
    const Duration time_constant =
        std::max<Duration>(learning() ? kTimeConstantThen : kTimeConstant, 4 * poll);
    const double wanted = off ? std::clamp(as_ns(*off) / as_ns(time_constant), -most, most) : 0;
    const bool in_haste = learning() || std::abs(pull_) > kMost;
    const double change = in_haste ? limit : std::min(kSwiftestPull * as_seconds(elapsed), limit);
    pull_ += std::clamp(wanted - pull_, -change, change);
}

void Pull::watch_rate(Duration off, bool same, Duration elapsed) {
    if (!same || !last_off_ || elapsed <= 0ns)
        return;
    const double rate = as_ns(off - *last_off_) / as_ns(elapsed) + pull_;
    if (std::abs(rate) > kNoRate)
        return;
    seen_for_ = std::min<Duration>(seen_for_ + elapsed, kRateMemory);
    rate_off_ += (rate - rate_off_) * std::min(1.0, as_ns(elapsed) / as_ns(seen_for_));
}

double Pull::turn(Duration elapsed, double limit) {
    if (seen_for_ < kRateSeen)
        return 0;
    const Duration time = learning() ? kTurnTimeThen : kTurnTime;
    const double share = std::min(1.0, as_ns(elapsed) / as_ns(time));
    const double most =
        learning() ? limit / 2 : std::min(limit / 2, kMostTurn * as_seconds(elapsed));
    double turned = std::clamp(rate_off_ * share, -most, most);
    if (!learning()) {
        turned = std::clamp(turned, -kMostTurned - turned_, kMostTurned - turned_);
        turned_ += turned;
    }
    rate_off_ -= turned;
    return turned;
}

double Pull::margin() const {
    const double always = 2 * kMost + kTurnAllowed;
    const bool more = learning() || std::abs(pull_) > kMost;
    return always + (more ? kMostLearned + 2 * kMostPulledThen : 0);
}

Duration Pull::time_for(Duration off) {
    constexpr Duration kLongest = 24h * 365 * 100;
    const double time = std::abs(as_ns(off)) / kMost;
    return time < as_ns(kLongest) ? nanoseconds_of(time) : kLongest;
}

}  // namespace berkeley
