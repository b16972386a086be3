// The file that a candidate keeps its trust in. Unlike the node's state it is never done without:
// who cannot read who was revoked lets nobody in.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "daemon/platform/trust_text.hpp"

namespace berkeley {

// Trust without a file is empty, and no error.
tl::expected<SavedTrust, std::string> load_trust(const std::filesystem::path& file,
                                                 const TrustPlace& place);

// Whole or not at all; for the daemon's user alone.
tl::expected<void, std::string> store_trust(const std::filesystem::path& file,
                                            const SavedTrust& trust, const TrustPlace& place);

}  // namespace berkeley
