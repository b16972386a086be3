// Rates are fractional frequencies, dimensionless: 1e-6 is one part per million, positive is fast.
#pragma once

#include <cmath>
#include <cstdint>

#include "daemon/core/contract.hpp"
#include "daemon/core/time/instant.hpp"

namespace berkeley {

inline constexpr double kPpm = 1e-6;
inline constexpr double kPpb = 1e-9;

// The nearest whole nanosecond. `ns` must be finite and below 2^62 in size.
inline Duration nanoseconds_of(double ns) {
    ensure(std::abs(ns) < 0x1p62, "duration out of range");
    return Duration{std::llround(ns)};
}

inline double as_ns(Duration d) {
    return static_cast<double>(d.count());
}
inline double as_seconds(Duration d) {
    return as_ns(d) * 1e-9;
}
inline Duration seconds(double s) {
    return nanoseconds_of(s * 1e9);
}

// What `span` gains at `rate`. Exact to a nanosecond for spans of 2^53 ns (104 days) and more
// than exact enough beyond: the product, not the span, is rounded.
inline Duration gained(Duration span, double rate) {
    return nanoseconds_of(as_ns(span) * rate);
}

inline std::int64_t as_ppb(double rate) {
    return std::llround(rate * 1e9);
}

}  // namespace berkeley
