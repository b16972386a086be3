// The file that a node keeps its state in. Losing it costs a longer start, never more: no error
// here is fatal.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "daemon/platform/state_text.hpp"

namespace berkeley {

// A state without a file is empty, and no error. The error says what is wrong, and that it is done
// without.
tl::expected<SavedState, std::string> load_state(const std::filesystem::path& file,
                                                 const RawClockIdentity& clock);

// Whole or not at all, also over a loss of power: a new file, flushed, takes the old one's place.
tl::expected<void, std::string> store_state(const std::filesystem::path& file,
                                            const SavedState& state, const RawClockIdentity& clock);

}  // namespace berkeley
