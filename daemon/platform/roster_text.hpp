// What a node keeps of who the candidates are, as text (JSON) and back. No file is touched here.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/node/settings.hpp"

namespace berkeley {

// Bytes; as many changes as there may be fit, each the largest.
inline constexpr std::size_t kMaxRosterSize = std::size_t{2} * 1024 * 1024;

std::string format_roster(const SavedRoster& roster);

// Total on any bytes, and all or nothing. Whether the changes follow on each other and are signed
// is another question: rosters_of(). The error says what is wrong with the text.
tl::expected<SavedRoster, std::string> parse_roster(std::string_view text);

}  // namespace berkeley
