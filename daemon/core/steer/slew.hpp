// How the kernel's PLL takes up a phase offset, so that what we declare is what it moves.
//
// With STA_PLL and STA_FREQHOLD the kernel fixes, at each second of CLOCK_REALTIME, a chunk of
// 1/(4·2^c) of what is left, and adds it over the coming second (kernel/time/ntp.c:
// second_overflow). A fixed chunk runs to its end whatever is written meanwhile. The second itself
// is slewed with it: a chunk of delta seconds moves the clock by delta/(1+delta).
#pragma once

#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

inline constexpr Duration kMaxDeclared = 500ms;  // the kernel clamps beyond (MAXPHASE)

// What of a declared offset one second takes up.
constexpr double chunk_share(int time_constant) {
    return 1.0 / static_cast<double>(1 << (kPllShift + time_constant));
}

// Keeps the chunk within 10 % of a second: the kernel's least time constant that does.
int time_constant_for(Duration move);

// What to declare so that the kernel, left alone, moves the clock by `move` in all. Beyond what
// it can be told at once, kMaxDeclared: to be renewed as it is taken up.
Duration declared_for(Duration move, int time_constant);

// The chunk that is running, of a slew of which `left` is not yet taken up.
Duration running_chunk(Duration left, int time_constant);

// What a chunk will still move, at `fraction` of its second, when the kernel turns to the next one
// `turn_delay` late.
Duration chunk_still_moves(Duration chunk, double fraction_of_second, Duration turn_delay);

}  // namespace berkeley
