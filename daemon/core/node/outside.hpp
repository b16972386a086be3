// Outside time, as kernels tell of it and are told: how sure a clock is, leap seconds, TAI.
#pragma once

#include "daemon/core/node/context.hpp"
#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

// What the kernel of a reference says of its clock.
Outside outside_of(const KernelReading& kernel);

// 37 s since 2017. Nobody alive will see it negative, or a thousand.
constexpr bool plausible_tai(int seconds) {
    return seconds > 0 && seconds < 1000;
}

// Tells the operator what has changed against the calendar that is known.
void report_leap_notice(Context& context, const std::optional<LeapSecond>& coming);

}  // namespace berkeley
