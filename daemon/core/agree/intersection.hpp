// Where the intervals of a majority meet (Marzullo): of clocks that each state their own error,
// those that a majority cannot contradict. With 2f+1 of them, f may read anything and state
// anything.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "daemon/core/agree/average.hpp"

namespace berkeley {

struct Intersection {
    OffsetRange range;         // where most of them meet; if in several places, all from the first
                               // to the last
    Duration middle{0};        // the median of those that agree, held within `range`
    std::vector<bool> agrees;  // whose intervals reach `range`
};

// Nothing if no majority of `readings` has a point in common. O(n log n).
std::optional<Intersection> intersect(std::span<const Reading> readings);

}  // namespace berkeley
