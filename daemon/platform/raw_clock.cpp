#include "daemon/platform/raw_clock.hpp"

#include <fstream>

#include <fmt/format.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

namespace {

constexpr Duration kLeastSuspend = 1ms;
constexpr const char* kUnknown = "unknown";

std::string first_word_of(const char* path) {
    std::ifstream file(path);
    std::string word;
    file >> word;
    return word;
}

}  // namespace

std::int64_t read_clock_ns(clockid_t clock) {
    timespec now{};
    ensure(clock_gettime(clock, &now) == 0, "the kernel lacks a clock that this program needs");
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Duration suspended_so_far() {
    static Duration known = -kLeastSuspend;
    const std::int64_t boot = read_clock_ns(CLOCK_BOOTTIME);
    const std::int64_t monotonic = read_clock_ns(CLOCK_MONOTONIC);
    // Read in this order, an interruption between the two only makes the difference too small.
    const Duration at_least{boot - monotonic};
    if (at_least >= known + kLeastSuspend)
        known = at_least < 0ns ? 0ns : at_least;
    return known < 0ns ? 0ns : known;
}

std::string current_clocksource() {
    const std::string name =
        first_word_of("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    return name.empty() ? kUnknown : name;
}

std::string boot_id() {
    return first_word_of("/proc/sys/kernel/random/boot_id");
}

RawClockWatch::RawClockWatch()
    : clocksource_(current_clocksource()), suspended_(suspended_so_far()) {}

RawClockWatch::Break RawClockWatch::look() {
    Break found;
    const Duration suspended = suspended_so_far();
    if (suspended != suspended_) {
        found.what = fmt::format("the machine was suspended for {:.3f} s",
                                 as_seconds(suspended - suspended_));
        suspended_ = suspended;
    }
    look_at_source(found);
    return found;
}

// Where it cannot be read, as no file can be opened at the moment, that is no news.
void RawClockWatch::look_at_source(Break& found) {
    std::string now = current_clocksource();
    if (now == clocksource_ || now == kUnknown)
        return;
    if (clocksource_ != kUnknown) {
        if (!found.what.empty())
            found.what += "; ";
        found.what +=
            fmt::format("the kernel changed its clocksource from {} to {}", clocksource_, now);
        found.other_source = true;
    }
    clocksource_ = std::move(now);
}

}  // namespace berkeley
