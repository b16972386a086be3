// struct timex of clock_adjtime(2) in our words. Kernel: kernel/time/ntp.c.
#pragma once

#include <sys/timex.h>

#include "daemon/core/steer/kernel_clock.hpp"

namespace berkeley {

// What the kernel says of CLOCK_REALTIME. Needs no privilege; where a sandbox forbids even that, a
// clock at its nominal rate, unsynchronized.
timex read_timex();

KernelReading to_reading(const timex& tx);

// For one clock_adjtime call. `present` is what was just read: leap second bits are kept from it
// where the adjustment says nothing of them.
timex to_timex(const KernelAdjustment& adjustment, const timex& present);

// Frequency, tick, status and time constant as they were found. A slew under way ends by itself, at
// that time constant. False if the kernel refuses (CAP_SYS_TIME).
bool restore_settings(const timex& found);

// Whether the kernel takes what we tell its clock: a capability may be there and yet be worth
// nothing (in a container's user namespace, under a system call filter). Changes nothing.
bool kernel_takes_adjustments();

// For one clock_adjtime call that changes nothing but what the kernel says of its clock: that it is
// unsynchronized, and that its error is unknown.
timex to_disclaimer(const timex& present);

// TAI − UTC.
timex to_tai(int seconds);

// A relative setting of the clock by `by`.
timex to_step(Duration by);

// The rate of CLOCK_REALTIME over CLOCK_MONOTONIC_RAW in the running second, its share of a slew
// included: the kernel has taken a 2^(2+c)th off the slew at the second's start. It is that only
// until the slew is written again; from then to the end of the second the share is unknown.
double running_rate(const timex& tx);

}  // namespace berkeley
