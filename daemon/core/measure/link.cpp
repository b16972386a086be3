#include "daemon/core/measure/link.hpp"

#include <algorithm>
#include <cmath>

namespace berkeley {
namespace {

constexpr Duration kLeastSoftness = 20ns;

// An interval with one end open.
constexpr Duration kOpen = 2h;

// A raw clock that is further from where it was is another clock.
constexpr Duration kAnotherClock = 1h;

}  // namespace

Duration Link::moved_by(const Exchange& exchange) const {
    if (filter_.empty())
        return 0ns;
    return exchange.offset_range(0ns).middle() - filter_.offset_at(exchange.middle());
}

bool Link::is_another_clock(const Exchange& exchange) {
    surprise_ = moved_by(exchange);
    if (std::chrono::abs(surprise_) <= kAnotherClock)
        return false;
    filter_ = {};
    route_ = {};
    guarantee_ = {};
    exchanges_ = 0;
    return true;
}

FilterBank::Ends Link::ends_of(const Exchange& exchange) const {
    return {route_.floor().jitter(), route_.floor().one_way_sigma(),
            exchange.error / 6 + kLeastSoftness};
}

// The estimate is older than the exchange, and of all that came before it. What the stamps may be
// wrong by is no excess: the range has it on both ends already.
Route::Excess Link::excess(const Exchange& exchange) const {
    if (!measured())
        return {};
    const OffsetRange range = exchange.offset_range(route_.floor().one_way());
    const Duration expected = filter_.offset_at(exchange.middle());
    const Duration unsure = 2 * exchange.error;
    return {range.high - expected - unsure, expected - range.low - unsure};
}

bool Link::learn(const Exchange& exchange) {
    if (is_another_clock(exchange))
        return false;
    route_.add(exchange.received, exchange.round_trip(), excess(exchange));
    OffsetRange range = exchange.offset_range(route_.floor().one_way());
    if (range.high < range.low)
        range.low = range.high = range.middle();
    if (!filter_.empty() && early_known_ == exchange.middle())
        range.high = range.low + kOpen;
    surprise_ = filter_.update(exchange.middle(), range, ends_of(exchange));
    ++exchanges_;
    return guarantee_.add(exchange, filter_.rate());
}

bool Link::learn_early(const Exchange& exchange) {
    if (!measured())
        return true;
    if (is_another_clock(exchange))
        return false;
    route_.shorten(exchange.round_trip());
    OffsetRange range = exchange.offset_range(route_.floor().one_way());
    if (range.high < range.low)
        range.low = range.high;  // the way there is known, the way back not yet
    surprise_ = filter_.update(exchange.middle(), range, ends_of(exchange));
    early_known_ = exchange.middle();
    return guarantee_.add(exchange, filter_.rate());
}

void Link::believe(RawTime ours, const ClockFilter::Knowledge& known) {
    const OffsetRange sure = guarantee_.range_at(ours);
    if (known.offset >= sure.low && known.offset <= sure.high)
        filter_.believe(ours, known);
}

Duration Link::offset_at(RawTime ours) const {
    const OffsetRange sure = guarantee_.range_at(ours);
    return std::clamp(filter_.offset_at(ours), sure.low, sure.high);
}

RawTime Link::ours_at(RawTime peers) const {
    RawTime ours = peers - offset_at(filter_.updated_at());
    for (int i = 0; i < 2; ++i)
        ours = peers - offset_at(ours);
    return ours;
}

BoundedLine Link::told_to_peer(const BoundedLine& ours, RawTime now) const {
    const Duration offset = offset_at(now);
    const OffsetRange sure = guarantee_.range_at(now);
    BoundedLine told;
    told.line = {.anchor = now + offset,
                 .cluster_at_anchor = ours.line.at(now),
                 .rate = (1 + ours.line.rate) / (1 + rate()) - 1};
    told.bound = std::max(sure.high - offset, offset - sure.low) + ours.bound_at(now);
    told.bound_growth = guarantee_.growth() + ours.bound_growth;
    told.sigma =
        nanoseconds_of(std::hypot(as_ns(filter_.offset_sigma_at(now)), as_ns(ours.sigma_at(now))));
    told.rate_sigma = std::hypot(rate_sigma(), ours.rate_sigma);
    return told;
}

std::optional<Duration> Link::least_round_trip() const {
    if (route_.floor().empty())
        return std::nullopt;
    return route_.floor().least();
}

}  // namespace berkeley
