// One poll and its reply: four stamps, oscillator against oscillator.
//
//   ours   sent ----------------------------------- received
//   peer          peer_received ---- peer_sent
//
// With the relative offset theta = peer's raw clock − our raw clock, the way there took
// peer_received − sent − theta >= 0 and the way back received − peer_sent + theta >= 0.
#pragma once

#include "daemon/core/time/instant.hpp"

namespace berkeley {

struct OffsetRange {
    Duration low{0};
    Duration high{0};

    Duration width() const { return high - low; }
    Duration middle() const { return low + width() / 2; }
    bool holds(Duration offset) const { return low <= offset && offset <= high; }
};

struct Exchange {
    RawTime sent;
    RawTime peer_received;
    RawTime peer_sent;
    RawTime received;
    Duration error{0};  // of the stamps' translation, both sides together

    // Neither clock ran backwards during it, it was not held up for long, and its stamps are worth
    // something: whatever a peer says, what passes here keeps all arithmetic in range.
    bool plausible() const {
        constexpr Duration kLongest = 10s;
        return received >= sent && received - sent < kLongest && peer_sent >= peer_received &&
               peer_sent - peer_received < kLongest && error < Duration{1s} &&
               round_trip() >= -error;
    }

    Duration round_trip() const { return (received - sent) - (peer_sent - peer_received); }

    // When, on our raw clock, the offset is measured.
    RawTime middle() const { return sent + (received - sent) / 2; }

    // Proved by causality alone: neither way took less than `least_one_way`.
    OffsetRange offset_range(Duration least_one_way) const {
        return {(peer_sent - received) + least_one_way - error,
                (peer_received - sent) - least_one_way + error};
    }
};

}  // namespace berkeley
