#include "daemon/platform/clock_bracket.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "daemon/core/time/rate.hpp"
#include "daemon/platform/kernel_timex.hpp"
#include "daemon/platform/raw_clock.hpp"

namespace berkeley {

namespace {

constexpr int kTries = 4;
constexpr double kMaxRate = 0.11;  // a slew of 10 % and what tick and frequency add
constexpr Duration kOutside = 100us;

}  // namespace

ClockBracket read_clock_bracket() {
    ClockBracket best{.raw = {}, .system = {}, .half_width = Duration::max()};
    for (int i = 0; i < kTries; ++i) {
        const std::int64_t first = read_clock_ns(CLOCK_MONOTONIC_RAW);
        const std::int64_t system = read_clock_ns(CLOCK_REALTIME);
        const std::int64_t second = read_clock_ns(CLOCK_MONOTONIC_RAW);
        const Duration half_width{(second - first + 1) / 2};
        if (half_width < best.half_width) {
            best.raw = RawTime{first} + half_width;
            best.system = SystemTime{system};
            best.half_width = half_width;
        }
    }
    const timex kernel = read_timex();
    best.rate = running_rate(kernel);
    best.slew_left = to_reading(kernel).slew_left;
    best.suspended = suspended_so_far();
    return best;
}

std::optional<RawStamp> translate_stamp(SystemTime stamp, const ClockBracket& before,
                                        const ClockBracket& after) {
    const Duration raw_span = after.raw - before.raw;
    const Duration system_span = after.system - before.system;
    if (raw_span <= 0ns)
        return std::nullopt;
    const Duration widths = before.half_width + after.half_width;
    const Duration gain = system_span - raw_span;
    if (std::abs(as_ns(gain)) > kMaxRate * as_ns(raw_span) + as_ns(widths))
        return std::nullopt;
    if (stamp < before.system - kOutside || stamp > after.system + kOutside)
        return std::nullopt;

    // The kernel changes the rate at the seconds of CLOCK_REALTIME. If there is none in between,
    // interpolation is exact; else the rate that the kernel gives for the running second is good
    // for a stamp near the end. Brackets a few µs apart say nothing about a rate.
    const bool one_rate = second_of(before.system) == second_of(after.system);
    const double mean_rate = raw_span > 100 * widths ? as_ns(gain) / as_ns(raw_span) : after.rate;
    const double rate = one_rate ? mean_rate : after.rate;
    const Duration to_after = after.system - stamp;
    const Duration from_before = stamp - before.system;

    const bool later = std::chrono::abs(to_after) <= std::chrono::abs(from_before);
    const Duration age = later ? to_after : from_before;
    const Duration raw_age = nanoseconds_of(as_ns(age) / (1 + (later ? rate : mean_rate)));
    RawStamp translated;
    translated.at = later ? after.raw - raw_age : before.raw + raw_age;
    translated.error = std::max(before.half_width, after.half_width) +
                       nanoseconds_of(std::abs(as_ns(age) * (mean_rate - rate))) + 1ns;
    translated.source = StampSource::kernel;
    return translated;
}

}  // namespace berkeley
