// What the kernel lets us read and set of its clock, in the units of clock_adjtime(2) where it
// matters to be exact (kernel: include/uapi/linux/timex.h, kernel/time/ntp.c).
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/time/leap.hpp"

namespace berkeley {

inline constexpr int kPllShift = 2;  // SHIFT_PLL: a second takes a 2^(2 + time constant)th

// What the kernel says of its error when it knows nothing (NTP_PHASE_LIMIT), and the most it says.
inline constexpr Duration kErrorUnknown = 16s;

// CLOCK_REALTIME's rate over the raw clock is (tick / 10000 µs) + frequency, plus the slew.
struct KernelRate {
    std::int64_t frequency = 0;     // 2^-16 ppm, within ±500 ppm (ADJ_FREQUENCY)
    std::int64_t tick_us = 10'000;  // 9000 to 11000 at USER_HZ 100 (ADJ_TICK)

    constexpr bool operator==(const KernelRate&) const = default;
};

struct KernelReading {
    KernelRate rate;
    Duration slew_left{0};        // ADJ_OFFSET not yet taken up; without the running second's chunk
    int time_constant = 0;        // c: a second takes up 1/(4·2^c) of what is left
    Duration turn_delay{0};       // how late it may turn to the next second's chunk: two ticks
    bool phase_locked = false;    // STA_PLL
    bool frequency_held = false;  // STA_FREQHOLD
    bool unsynchronized = true;   // STA_UNSYNC
    Duration max_error{0};
    Duration estimated_error{0};
    LeapNotice leap = LeapNotice::none;  // STA_INS, STA_DEL
    int tai_offset_s = 0;                // 0: nobody has told the kernel
};

// One clock_adjtime call sets all of it. The kernel's own PLL removes `slew` and then stops: the
// clock is safe with nobody attending it.
struct KernelAdjustment {
    KernelRate rate;
    Duration slew{0};  // to be added to the clock; within ±0.5 s (the kernel's MAXPHASE)
    int time_constant = 0;
    bool synchronized = false;  // clears or sets STA_UNSYNC
    Duration max_error{0};
    Duration estimated_error{0};
    std::optional<LeapNotice> leap = {};  // nothing: as it stands
};

}  // namespace berkeley
