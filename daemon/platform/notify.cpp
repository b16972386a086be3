#include "daemon/platform/notify.hpp"

#include <ctime>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include "daemon/platform/raw_clock.hpp"

namespace berkeley {

namespace {

// A status with a line break in it would be read as a field of its own.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (c == '\n' || c == '\r')
            c = ' ';
    }
    return text;
}

}  // namespace

void notify_ready(const std::string& status) {
    sd_notify(0, fmt::format("READY=1\nSTATUS={}", one_line(status)).c_str());
}

void notify_status(const std::string& status) {
    sd_notify(0, fmt::format("STATUS={}", one_line(status)).c_str());
}

void notify_reloading() {
    // Type=notify-reload wants to know when it began, to tell an old notice from a new one.
    const std::int64_t now_us = read_clock_ns(CLOCK_MONOTONIC) / 1000;
    sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now_us).c_str());
}

void notify_stopping() {
    sd_notify(0, "STOPPING=1");
}

void notify_watchdog() {
    sd_notify(0, "WATCHDOG=1");
}

std::optional<Duration> watchdog_interval() {
    std::uint64_t interval_us = 0;
    if (sd_watchdog_enabled(0, &interval_us) <= 0)
        return std::nullopt;
    return std::chrono::microseconds(static_cast<std::int64_t>(interval_us));
}

}  // namespace berkeley
