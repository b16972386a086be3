// How long promises and leases last.
//
// A candidate that votes for another, or answers its poll, promises to vote for nobody else for a
// while. The promise is counted on its giver's clock from when it was asked; the lease that rests
// on it is counted on the asker's clock from when it asked, and is shorter by what the two clocks
// may differ. So every lease has ended when the promises under it end. Both are counted on
// Moment::steady(): nothing steers it, and it goes on while the machine is suspended.
#pragma once

#include <algorithm>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

// Of one raw clock against another: 3906 ppm. Crystals, and what counts them, differ by 1100 ppm at
// most (550 each way).
inline constexpr std::int64_t kClocksDifferByOneIn = 256;

constexpr Duration lease_under(Duration promise) {
    return promise - promise / kClocksDifferByOneIn;
}

inline constexpr Duration kLongestPromise = 5min;

struct ElectionTiming {
    Duration promise;
    // Between candidates of neighbouring rank, that not all stand at once; and between two
    // questions to one that does not answer. Covers a round trip and a write to disk.
    Duration stagger;
    Duration campaign;  // who was not elected so long after he began gives it up for this time
};

// `poll`: the longest interval between two polls of one candidate. Two polls in a row may be lost
// and a third late without an election; at 1 s, the default, another master stands after 2.5 s to
// 3.5 s of silence.
constexpr ElectionTiming election_timing(Duration poll) {
    const Duration promise = std::clamp<Duration>(poll * 7 / 2, 1s, kLongestPromise);
    const Duration stagger = std::clamp<Duration>(promise / 14, 50ms, 250ms);
    return {promise, stagger, 4 * stagger};
}

}  // namespace berkeley
