// Outside time, as kernels tell of it and are told: how sure a clock is, leap seconds, TAI.
#pragma once

#include <optional>

#include "daemon/core/node/context.hpp"
#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

// What the kernel of a reference says of its clock.
Outside outside_of(const KernelReading& kernel);

// The maxerror of a reference. The program that steers it states it from time to time, NTP clients
// once in up to 2048 s, and the kernel adds 500 ppm of the time since, for any oscillator that is
// left alone. This one is not: it stays within kRho of its rate, as the bound assumes.
class StatedError {
  public:
    // `kernel`: as it was read just now, once a second or so.
    Duration taken(Duration kernel, RawTime now);

  private:
    struct Stated {
        RawTime at;
        Duration error{0};
    };
    std::optional<Stated> stated_;
};

// 37 s since 2017. Nobody alive will see it negative, or a thousand.
constexpr bool plausible_tai(int seconds) {
    return seconds > 0 && seconds < 1000;
}

// Tells the operator what has changed against the calendar that is known.
void report_leap_notice(Context& context, const std::optional<LeapSecond>& coming);

}  // namespace berkeley
