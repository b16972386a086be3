// One machine of a World: its oscillator and its kernel, its disk, and the node that runs on it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/sim/world.hpp"

namespace berkeley::sim {

struct World::Host {
    Host(const HostShape& given, NodeSettings node_settings, SystemTime utc, std::uint64_t seed)
        : shape(given),
          settings(std::move(node_settings)),
          random(seed ^ 0x2545f4914f6cdd1d),
          oscillator(given.oscillator, seed),
          kernel(given.oscillator.at_start, utc + given.start_offset) {}

    HostShape shape;
    NodeSettings settings;
    Random random;  // its own, so that what one host does changes nothing in another's luck
    Oscillator oscillator;
    KernelModel kernel;
    std::optional<OutsideShape> outside;
    std::uint64_t outside_life = 0;
    Duration leaps_told{0};
    std::unique_ptr<Node> node;
    SavedState disk;
    SavedTrust trust;
    InvitationId invited;
    std::uint64_t life = 0;  // counts starts: what was planned for an earlier life is void
    bool paused = false;
    std::vector<std::function<void()>> missed;  // while it was paused
    std::uint64_t alarm = 0;                    // counts WakeAt: only the last one rings
    std::map<ReportKind, std::uint64_t> reports;
    std::uint64_t steps = 0;
    std::int64_t memory = 0;  // of the node
};

}  // namespace berkeley::sim
