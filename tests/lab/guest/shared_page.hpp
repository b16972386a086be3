// The page of memory that a guest and the test share (ivshmem): the guest's clock over its TSC,
// written where the daemon under test neither sees nor feels it.
//
// The host's TSC is the one undisturbed time axis: under emulation a guest's TSC is the host's less
// a constant, and what makes the guest's oscillator drift (libfaketime) does not touch it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <x86intrin.h>

namespace berkeley::lab {

struct ClockSample {
    std::uint64_t tsc = 0;         // the guest's, in the middle of the reading
    std::uint64_t raw_tsc = 0;     // the same for `raw_ns`
    std::int64_t system_ns = 0;    // CLOCK_REALTIME
    std::int64_t raw_ns = 0;       // CLOCK_MONOTONIC_RAW
    std::uint32_t half_width = 0;  // in ticks: `system_ns` was read within ± this of `tsc`
    std::uint32_t sets = 0;        // how often the clock was set since boot (timerfd's word)

    // What clock_adjtime(2) says of it.
    std::int64_t frequency = 0;  // 2^-16 ppm
    std::int64_t slew_left_ns = 0;
    std::int32_t tick_us = 0;
    std::int32_t max_error_us = 0;
    std::int32_t estimated_error_us = 0;
    std::int32_t status = 0;  // STA_UNSYNC and the others
    std::int32_t tai_offset_s = 0;
};

inline constexpr std::size_t kPageBytes = 1 << 20;
inline constexpr std::size_t kSamples = 8192;  // 13 minutes at ten a second
inline constexpr std::uint64_t kPageMagic = 0x626b'6c61'6200'0001;

struct SharedPage {
    std::atomic<std::uint64_t> magic;  // set by the guest once it samples

    // Finding the constant between the TSCs: the guest answers each number with its TSC.
    std::atomic<std::uint32_t> spinning;  // the host wants the guest to spin on `ping`
    std::atomic<std::uint64_t> ping;
    std::atomic<std::uint64_t> pong_tsc;
    std::atomic<std::uint64_t> pong;

    // The guest writes the sample, then counts it; the newest kSamples are there.
    std::atomic<std::uint64_t> written;
    std::array<ClockSample, kSamples> samples;
};
static_assert(sizeof(SharedPage) <= kPageBytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);  // across the page, too

// Not before what stands before it is done, and before anything behind it begins.
inline std::uint64_t read_tsc() {
    _mm_lfence();
    const std::uint64_t tsc = __rdtsc();
    _mm_lfence();
    return tsc;
}

}  // namespace berkeley::lab
