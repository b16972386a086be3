#include "daemon/core/measure/offset_guarantee.hpp"

#include <algorithm>
#include <cmath>

namespace berkeley {
namespace {

constexpr Duration kAnchorAge = 128s;

}  // namespace

bool OffsetGuarantee::add(const Exchange& exchange, double rate) {
    Known proved{exchange.middle(), exchange.offset_range(0ns)};
    // The two ends were proved at the exchange's ends, not at its middle.
    const Duration turn = gained((exchange.received - exchange.sent) / 2, 2 * kUnlearnedRho) + 1ns;
    proved.offset.low -= turn;
    proved.offset.high += turn;

    if (!range_) {
        range_ = anchor_ = standby_ = proved;
        rate_ = rate;
        return true;
    }
    const RawTime at = std::max(range_->at, proved.at);
    const OffsetRange carried = carry(*range_, at);
    const OffsetRange fresh = carry(proved, at);
    const OffsetRange both{std::max(carried.low, fresh.low), std::min(carried.high, fresh.high)};
    const bool consistent = both.low <= both.high;
    if (consistent) {
        range_ = Known{at, both};
        learn_rate(*range_, rate);
    } else {
        range_ = anchor_ = standby_ = proved;
        growth_ = 2 * kUnlearnedRho;
        rate_ = rate;
    }
    return consistent;
}

OffsetRange OffsetGuarantee::range_at(RawTime at) const {
    return carry(*range_, at);
}

OffsetRange OffsetGuarantee::carry(const Known& known, RawTime at) const {
    if (at == known.at)
        return known.offset;
    const Duration since = at - known.at;
    const Duration moved = gained(since, rate_);
    const Duration spread = gained(since < 0ns ? -since : since, growth_) + 1ns;
    return {known.offset.low + moved - spread, known.offset.high + moved + spread};
}

void OffsetGuarantee::learn_rate(const Known& newest, double rate) {
    rate_ = rate;
    const double span = as_ns(newest.at - anchor_.at);
    if (span <= 0)
        return;
    const double slowest = as_ns(newest.offset.low - anchor_.offset.high) / span;
    const double fastest = as_ns(newest.offset.high - anchor_.offset.low) / span;
    const double doubt = std::max(std::abs(fastest - rate), std::abs(rate - slowest));
    growth_ = std::min(2 * kUnlearnedRho + std::abs(rate), 2 * kRho + doubt);
    if (newest.at - standby_.at >= kAnchorAge) {
        anchor_ = standby_;
        standby_ = newest;
    }
}

}  // namespace berkeley
