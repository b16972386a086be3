// What a node keeps over a restart, as text (JSON) and back. No file is touched here.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/node/settings.hpp"

namespace berkeley {

inline constexpr std::size_t kMaxStateSize =
    std::size_t{2} * 1024 * 1024;  // bytes; 10,000 names fit

// Which oscillator the raw clock is: readings of another say nothing of it.
struct RawClockIdentity {
    std::string boot_id;
    std::string clocksource;
};

std::string format_state(const SavedState& state, const RawClockIdentity& clock);

// Total on any bytes. The line is left out unless it was saved in this boot with this clocksource;
// the rate too unless the same oscillator has the same nominal frequency still (a TSC is
// calibrated anew at each boot). The error says what is wrong with the text.
tl::expected<SavedState, std::string> parse_state(std::string_view text,
                                                  const RawClockIdentity& clock);

}  // namespace berkeley
