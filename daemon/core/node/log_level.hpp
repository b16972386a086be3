// How much what a node tells matters to its operator, and the names for it. The core itself writes
// no log.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace berkeley {

// As syslog(3) numbers them: the less, the graver. Nothing is graver than an error, and nothing is
// written for debugging alone.
enum class Priority : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

// What of it is written: that level and the graver ones.
inline constexpr std::array<std::string_view, 4> kLogLevels{"error", "warning", "notice", "info"};

constexpr Priority log_level(std::size_t index) {
    return static_cast<Priority>(static_cast<std::size_t>(Priority::error) + index);
}

constexpr std::string_view name_of(Priority level) {
    return kLogLevels[static_cast<std::size_t>(level) - static_cast<std::size_t>(Priority::error)];
}

}  // namespace berkeley
