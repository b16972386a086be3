// The way that datagrams take now, of which a floor is known: the way home, or for a while a
// detour.
//
// One of the two ways may become longer by a queue that is never empty. Then the other still shows
// where the peer's clock is, and the floor is to stay. But when all round trips have been longer
// for a while, and by as much each way as far as our estimate tells, it is another route; and to go
// on with the old floor would be to learn nothing until it is forgotten. The way home is remembered
// for its hour all the same: a round trip too short for the detour is on it again.
#pragma once

#include <optional>

#include "daemon/core/measure/round_trip_floor.hpp"

namespace berkeley {

class Route {
  public:
    // By how much each way took longer than the floor, by the estimate of the offset.
    struct Excess {
        Duration there{0};
        Duration back{0};
    };

    void add(RawTime at, Duration round_trip, const Excess& excess);

    // A round trip took no longer than that; how long is not known yet.
    void shorten(Duration at_most);

    const RoundTripFloor& floor() const { return detour_ ? *detour_ : home_; }

  private:
    // Round trips one after another that were all longer than chance has them.
    struct Longer {
        RoundTripFloor before;  // ours, without them
        Duration by{0};
        RoundTripFloor floor;  // theirs
        Excess least;
        RawTime since;
        int times = 0;

        void add(RawTime at, Duration round_trip, const Excess& excess);
        bool lasts(RawTime at) const;
        bool both_ways_alike() const;
    };

    bool is_on_another(RawTime at, Duration round_trip, const Excess& excess);
    void take_detour();

    RoundTripFloor home_;
    std::optional<RoundTripFloor> detour_;
    std::optional<Longer> longer_;
};

}  // namespace berkeley
