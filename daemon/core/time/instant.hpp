// Three clocks, three types: a reading of one cannot be mistaken for a reading of another.
//
// raw      CLOCK_MONOTONIC_RAW: the free-running oscillator, which nothing steers. Zero at boot.
// system   CLOCK_REALTIME: what programs read, and what we steer. Nanoseconds since 1970 (no leap
//          seconds, as POSIX counts).
// cluster  the ensemble timescale that all nodes follow. Same zero and unit as system time.
// steady   raw plus the time spent suspended: what ages and leases are counted on.
//
// All are int64 nanoseconds. Arithmetic on instants is checked: an overflow is a bug of ours and
// ends the program. Instants that come from outside lie from 0 to below `kEnd<Clock>`, seen to by
// whoever lets them in (the codec), so that no line drawn through them leaves the type.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "daemon/core/contract.hpp"

namespace berkeley {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

template <class Clock>
struct Instant {
    std::int64_t ns = 0;

    constexpr auto operator<=>(const Instant&) const = default;
};

template <class Clock>
constexpr Instant<Clock> operator+(Instant<Clock> at, Duration by) {
    Instant<Clock> sum;
    ensure(!__builtin_add_overflow(at.ns, by.count(), &sum.ns), "instant + duration overflows");
    return sum;
}

template <class Clock>
constexpr Instant<Clock> operator-(Instant<Clock> at, Duration by) {
    Instant<Clock> difference;
    ensure(!__builtin_sub_overflow(at.ns, by.count(), &difference.ns),
           "instant - duration overflows");
    return difference;
}

template <class Clock>
constexpr Duration operator-(Instant<Clock> later, Instant<Clock> earlier) {
    std::int64_t ns = 0;
    ensure(!__builtin_sub_overflow(later.ns, earlier.ns, &ns), "instant - instant overflows");
    return Duration{ns};
}

using RawTime = Instant<struct RawClock>;
using SystemTime = Instant<struct SystemClock>;
using ClusterTime = Instant<struct ClusterClock>;
using SteadyTime = Instant<struct SteadyClock>;

// 73 years of uptime; the year 2116 for system and cluster time.
template <class Clock>
inline constexpr std::int64_t kEnd = std::int64_t{1} << 62;
template <>
inline constexpr std::int64_t kEnd<RawClock> = std::int64_t{1} << 61;

template <class Clock>
constexpr bool plausible(Instant<Clock> at) {
    return at.ns >= 0 && at.ns < kEnd<Clock>;
}

// Of the system clock, whose seconds the kernel slews by.
constexpr std::int64_t second_of(SystemTime at) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    return at.ns >= 0 ? at.ns / kSecond : -((-at.ns + kSecond - 1) / kSecond);
}

// One look at a node's clocks, read together.
struct Moment {
    RawTime raw;
    SystemTime system;
    Duration suspended{0};  // CLOCK_BOOTTIME − CLOCK_MONOTONIC: grows only over a suspend

    constexpr SteadyTime steady() const { return SteadyTime{raw.ns} + suspended; }
    constexpr auto operator<=>(const Moment&) const = default;
};

// Whether the machine was suspended between two readings of Moment::suspended: these are made of
// two clocks read one after the other, and differ by the time between them, too.
constexpr bool slept(Duration suspended_before, Duration suspended_now) {
    return suspended_now - suspended_before > Duration{1ms};
}

}  // namespace berkeley
