// Keeps on disk who the candidates are, and how that came about.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "daemon/platform/roster_text.hpp"

namespace berkeley {

// Without such a file, empty: the configuration's roster is the only one. Errors are sentences.
tl::expected<SavedRoster, std::string> load_roster(const std::filesystem::path& file);
tl::expected<void, std::string> store_roster(const std::filesystem::path& file,
                                             const SavedRoster& roster);

// Of one that was read: `why` it cannot be believed.
std::string roster_not_believed(const std::filesystem::path& file, std::string_view why);

}  // namespace berkeley
