// CLOCK_MONOTONIC_RAW: which oscillator it is, and whether it is still the same.
#pragma once

#include <ctime>
#include <string>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

std::int64_t read_clock_ns(clockid_t clock);

// CLOCK_BOOTTIME − CLOCK_MONOTONIC, steady to the nanosecond but for true suspends: growth of
// less than a millisecond is the time between two readings, and is not reported.
Duration suspended_so_far();

// "tsc", "hpet", ...; "unknown" where /sys does not tell.
std::string current_clocksource();

// Of this boot (/proc/sys/kernel/random/boot_id); empty where /proc does not tell.
std::string boot_id();

// Tells once of each break of the raw clock since it was made, or since it last told.
class RawClockWatch {
  public:
    RawClockWatch();

    struct Break {
        std::string what;           // happened, in words; empty if nothing did
        bool other_source = false;  // its rate is not that of before
    };
    // Costs a read of a file in /sys.
    Break look();

    // As /sys told last.
    const std::string& clocksource() const { return clocksource_; }

  private:
    void look_at_source(Break& found);

    std::string clocksource_;
    Duration suspended_;
};

}  // namespace berkeley
