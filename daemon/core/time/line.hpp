// Cluster time as a line over one node's raw clock (DESIGN: "measure free-running clocks, steer by
// feed-forward"). With it a node knows at any moment what its system clock should read, between
// corrections and after the master is gone.
#pragma once

#include <algorithm>
#include <cmath>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

// cluster = cluster_at_anchor + (1 + rate)(raw − anchor)
struct TimeLine {
    RawTime anchor;
    ClusterTime cluster_at_anchor;
    double rate = 0;  // of cluster time against the raw clock: positive when the raw clock is slow

    ClusterTime at(RawTime raw) const {
        const Duration since = raw - anchor;
        return cluster_at_anchor + since + gained(since, rate);
    }

    // The same line, anchored at `raw`: keeps spans short and products exact.
    TimeLine anchored_at(RawTime raw) const { return {raw, at(raw), rate}; }

    // The inverse, to a nanosecond for |rate| below 10 %.
    RawTime raw_at(ClusterTime cluster) const {
        const Duration since = cluster - cluster_at_anchor;
        return anchor + since - gained(since, rate / (1 + rate));
    }
};

// By how much cluster time has turned of itself, at the most, from where a line of any age has it:
// by 5 ppm in an hour, in a holdover of up to four.
inline constexpr double kTurnMargin = 10 * kPpm;

// A line and what is guaranteed of it: at `raw`, cluster time lies within ± bound_at(raw).
struct BoundedLine {
    TimeLine line;
    Duration bound{0};        // at the anchor
    double bound_growth = 0;  // per unit of raw time since the anchor
    Duration sigma{0};        // statistical, at the anchor; never to be mixed with the bound
    double rate_sigma = 0;    // the same, of the rate
    // The rate of cluster time turns by no more than this in a second, and that grows into
    // kTurnMargin. As long as it is not known, the margin is taken whole.
    double turn = 1;

    Duration bound_at(RawTime raw) const {
        const Duration since = raw - line.anchor;
        const Duration age = since < 0ns ? -since : since;
        return bound +
               gained(age, bound_growth + std::min(kTurnMargin, turn * as_seconds(age) / 2));
    }

    Duration sigma_at(RawTime raw) const {
        return nanoseconds_of(std::hypot(as_ns(sigma), rate_sigma * as_ns(raw - line.anchor)));
    }
};

}  // namespace berkeley
