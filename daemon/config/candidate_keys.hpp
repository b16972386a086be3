// The table [keys]: a candidate's name and its public key.
#pragma once

#include <span>
#include <string_view>

#include "daemon/config/config.hpp"
#include "daemon/config/reader.hpp"

namespace berkeley {

// Fills `candidate_keys` from `candidates`, which have been read. `elsewhere` are keys of the top
// level.
void read_candidate_keys(TableReader& reader, Config& config,
                         std::span<const std::string_view> elsewhere, ErrorList& errors);

}  // namespace berkeley
