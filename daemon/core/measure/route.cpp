#include "daemon/core/measure/route.hpp"

#include <algorithm>
#include <cstdlib>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

// So many jitters longer both ways, so many times: by chance once in e^20. What came just before by
// chance is left out.
constexpr double kLongerJitters = 1.25;
constexpr int kLongerTimes = 8;
constexpr int kLeftOut = 2;
constexpr Duration kLongerFor = 15s;  // no burst

}  // namespace

void Route::Longer::add(RawTime at, Duration round_trip, const Excess& excess) {
    if (++times <= kLeftOut) {
        since = at;
        least = {Duration::max(), Duration::max()};
        return;
    }
    least = {std::min(least.there, excess.there), std::min(least.back, excess.back)};
    floor.add(at, round_trip);
}

bool Route::Longer::lasts(RawTime at) const {
    return times >= kLeftOut + kLongerTimes && at - since >= Duration{kLongerFor};
}

bool Route::Longer::both_ways_alike() const {
    return std::chrono::abs(least.there - least.back) <= by / 2;
}

void Route::add(RawTime at, Duration round_trip, const Excess& excess) {
    shorten(round_trip);
    if (is_on_another(at, round_trip, excess))
        return;
    if (!detour_) {
        home_.add(at, round_trip);
        return;
    }
    detour_->add(at, round_trip);
    home_.age(at);
    if (home_.empty()) {
        home_ = *detour_;
        detour_.reset();
    }
}

void Route::shorten(Duration at_most) {
    if (!detour_ || !detour_->too_short(at_most))
        return;
    detour_.reset();
    longer_.reset();
}

bool Route::is_on_another(RawTime at, Duration round_trip, const Excess& excess) {
    const Duration by = longer_ ? longer_->by : gained(floor().jitter(), kLongerJitters);
    if (floor().empty() || std::min(excess.there, excess.back) <= by) {
        longer_.reset();
        return false;
    }
    if (!longer_)
        longer_ = Longer{floor(), by, {}, {}, {}};
    longer_->add(at, round_trip, excess);
    if (!longer_->lasts(at))
        return false;
    const bool another = longer_->both_ways_alike();
    if (another)
        take_detour();
    longer_.reset();
    return another;
}

void Route::take_detour() {
    if (!detour_)
        home_ = longer_->before;
    detour_ = longer_->floor;
}

}  // namespace berkeley
