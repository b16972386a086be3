// The Allan deviation: how much a clock's rate, averaged over a span, differs from that average
// over the span before (IEEE 1139). A constant rate and phase do not show in it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace berkeley::bench {

// Overlapping Allan variance of a clock that was read once a second, over spans of `span_s`.
// `phase_ns`: the clock − true time. 0 if it was read for less than two spans.
double allan_variance(std::span<const double> phase_ns, std::size_t span_s);

}  // namespace berkeley::bench
