// The machine's raw and system clocks read together, and packet stamps put on the raw clock.
//
// The kernel stamps packets in CLOCK_REALTIME, which may be slewed by 10 %: a stamp a millisecond
// old would be 100 µs wrong if it were compared with a reading made now. So each stamp is tied to
// the readings made before and after it.
#pragma once

#include <optional>

#include "daemon/core/time/stamp.hpp"

namespace berkeley {

// CLOCK_REALTIME read between two readings of CLOCK_MONOTONIC_RAW. These are the machine's clocks,
// also where a node is given simulated ones.
struct ClockBracket {
    RawTime raw;  // the middle of the two
    SystemTime system;
    Duration half_width;    // the reading of `system` was within ± this of `raw`
    double rate = 0;        // of the system over the raw clock at that time, as the kernel says
    Duration slew_left{0};  // that the kernel will yet add to the system clock
    Duration suspended{0};  // CLOCK_BOOTTIME − CLOCK_MONOTONIC
};

// The tightest of a few: a reading interrupted in its middle is not used if another was not.
ClockBracket read_clock_bracket();

// On the machine's raw clock. `before` and `after` were read in this order, with no clock_adjtime
// of ours between them. Nothing if the stamp does not belong between them (it may lie 100 µs
// outside), or if the clock was set in between, which shows as a rate beyond ±11 %.
std::optional<RawStamp> translate_stamp(SystemTime stamp, const ClockBracket& before,
                                        const ClockBracket& after);

}  // namespace berkeley
