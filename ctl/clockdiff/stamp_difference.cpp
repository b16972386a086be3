#include "ctl/clockdiff/stamp_difference.hpp"

#include <algorithm>

namespace berkeley::ctl {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kDayNs = kMsOfDay * kMs;

// Of all times that differ by whole days, the one next to `about`.
std::int64_t next_to(std::int64_t about, std::int64_t ns) {
    const std::int64_t off = ((ns - about) % kDayNs + kDayNs) % kDayNs;
    return about + (off >= kDayNs / 2 ? off - kDayNs : off);
}

}  // namespace

DifferenceEstimate::Verdict DifferenceEstimate::add(const StampedExchange& exchange) {
    if (((exchange.receive | exchange.transmit) & kNonStandard) != 0)
        return Verdict::non_standard;
    if (exchange.receive >= kMsOfDay || exchange.transmit >= kMsOfDay ||
        exchange.received_ns < exchange.sent_ns)
        return Verdict::senseless;
    const std::int64_t about = exchanges_ == 0 ? 0 : low_ns_;
    const std::int64_t low =
        next_to(about, std::int64_t{exchange.transmit} * kMs - exchange.received_ns % kDayNs);
    const std::int64_t high =
        next_to(low, (std::int64_t{exchange.receive} + 1) * kMs - exchange.sent_ns % kDayNs);
    low_ns_ = exchanges_ == 0 ? low : std::max(low_ns_, low);
    high_ns_ = exchanges_ == 0 ? high : std::min(high_ns_, high);
    const std::int64_t round_trip = exchange.received_ns - exchange.sent_ns;
    least_round_trip_ns_ = std::min(least_round_trip_ns_.value_or(round_trip), round_trip);
    ++exchanges_;
    return Verdict::good;
}

std::optional<StampDifference> DifferenceEstimate::difference() const {
    if (exchanges_ == 0 || low_ns_ > high_ns_)
        return std::nullopt;
    return StampDifference{low_ns_ + (high_ns_ - low_ns_) / 2, (high_ns_ - low_ns_ + 1) / 2};
}

// By the golden ratio: each falls into the widest gap that the others left.
std::int64_t phase_ns(std::size_t probe) {
    constexpr std::int64_t kGolden = 618'034;
    return static_cast<std::int64_t>(probe % 1'000'000) * kGolden % kMs;
}

}  // namespace berkeley::ctl
