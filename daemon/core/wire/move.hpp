// A deliberate move of cluster time, by an operator's word: from one instant on, all nodes have it
// later or earlier by the same amount, and a new epoch begins.
#pragma once

#include <cstdint>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

// How the nodes' clocks follow.
enum class MoveWay : std::uint8_t { slew, step };

struct MoveId {
    std::uint64_t term = 0;   // in which it was announced, or announced anew
    std::uint64_t epoch = 0;  // that begins with it

    bool operator==(const MoveId&) const = default;
};

struct Move {
    MoveId id;
    ClusterTime at;  // as cluster time is counted in the epoch before
    Duration by{0};
    MoveWay way = MoveWay::step;
    // A majority of the candidates has it on disk: no master can come that does not know of it, and
    // whoever holds it carries it out at its instant, with a master or without.
    bool decided = false;

    bool operator==(const Move&) const = default;
};

// As a node tells it to its master.
struct HeldMove {
    Move move;
    bool accepted = true;  // false: further than it lets a master move it

    bool operator==(const HeldMove&) const = default;
};

}  // namespace berkeley
