// The Berkeley step: the fault-tolerant average of all clocks, by which cluster time is formed.
//
// Each voting clock is a reading with a bound: an interval. The tightest interval that holds a
// majority of the expected voters is the agreement; with 2f+1 voters it contains a correct clock
// whatever f of them read. It is widened by gamma, and what lies in it is averaged.
//
// (4.3BSD's timed looked for the largest set of clocks within 20 ms of each other. Two colluders an
// hour off *are* that set when the honest clocks are scattered; a majority cannot be outvoted.)
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "daemon/core/agree/votes.hpp"
#include "daemon/core/measure/exchange.hpp"

namespace berkeley {

struct Reading {
    Duration offset{0};  // against a reference common to all readings
    Duration bound{0};   // the true offset lies within ± this

    OffsetRange range() const { return {offset - bound, offset + bound}; }
};

struct Agreement {
    OffsetRange tightest;       // holds the required number of readings whole
    std::vector<bool> counted;  // a reading whose offset lies in `tightest` widened by gamma
    Duration average{0};        // of the counted
};

// `required` >= 1. Nothing if there are fewer readings than that. Of equally tight intervals the
// earliest is taken, so that all who compute it find the same. O(n log n).
std::optional<Agreement> agree(std::span<const Reading> readings, std::size_t required,
                               Duration gamma);

// The same among votes, of which several readings may share one: what a majority of them agrees on
// is its reading. `required` is of votes, and the average is theirs.
std::optional<Agreement> agree_by_votes(std::span<const Reading> readings,
                                        std::span<const Vote> votes, std::size_t required,
                                        Duration gamma);

constexpr std::size_t majority_of(std::size_t voters) {
    return voters / 2 + 1;
}

}  // namespace berkeley
