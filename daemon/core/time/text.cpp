#include "daemon/core/time/text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {

std::string to_text(Duration signed_duration) {
    const double ns = as_ns(signed_duration);
    const double size = std::abs(ns);
    if (size < 1e3)
        return fmt::format("{:+d} ns", signed_duration.count());
    if (size < 1e6)
        return fmt::format("{:+.1f} µs", ns * 1e-3);
    if (size < 1e9)
        return fmt::format("{:+.3f} ms", ns * 1e-6);
    if (size < 86400e9)
        return fmt::format("{:+.3f} s", ns * 1e-9);
    return fmt::format("{:+.1f} days", ns / 86400e9);
}

}  // namespace berkeley
