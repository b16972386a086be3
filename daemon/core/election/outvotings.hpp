// Which candidates told a master of a later term than its own, and for how long none of them is
// heeded again. Each time costs a new reign, and one that lies can say it again and again: it waits
// twice as long each time, until it has said no such thing for a day.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/core/election/electorate.hpp"
#include "daemon/core/time/instant.hpp"

namespace berkeley {

class Outvotings {
  public:
    struct Pause {
        SteadyTime until;
        Duration length{0};
    };

    bool heeds(std::size_t rank, SteadyTime now) const {
        return !pauses_[rank] || now >= pauses_[rank]->until;
    }

    void note(std::size_t rank, SteadyTime now, Duration promise) {
        std::optional<Pause>& pause = pauses_[rank];
        const bool forgiven = !pause || now - pause->until >= kForgivenAfter;
        const Duration length =
            2 * (forgiven ? promise : std::min<Duration>(pause->length, kLongest / 2));
        pause = Pause{now + length, length};
    }

    const std::optional<Pause>& of(std::size_t rank) const { return pauses_[rank]; }
    void set(std::size_t rank, const std::optional<Pause>& pause) { pauses_[rank] = pause; }

  private:
    static constexpr Duration kLongest = 1h;
    static constexpr Duration kForgivenAfter = 24h;

    std::array<std::optional<Pause>, kMostCandidates> pauses_{};  // by rank
};

}  // namespace berkeley
