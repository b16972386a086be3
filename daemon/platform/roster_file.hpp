// Keeps on disk who the candidates are, and how that came about.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "daemon/platform/roster_text.hpp"

namespace berkeley {

struct RosterFileError {
    int cause = 0;        // an errno; 0: it was read, and is not valid
    std::string message;  // a sentence
};

// Without such a file, empty: the configuration's roster is the only one.
tl::expected<SavedRoster, RosterFileError> load_roster(const std::filesystem::path& file);
// The error is a sentence.
tl::expected<void, std::string> store_roster(const std::filesystem::path& file,
                                             const SavedRoster& roster);

// Of one that was read: `why` it cannot be believed.
std::string roster_not_believed(const std::filesystem::path& file, std::string_view why);

}  // namespace berkeley
