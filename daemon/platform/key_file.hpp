// The cluster's key: 64 hex digits in a file that only its owner can read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/wire/seal.hpp"

namespace berkeley {

// White space around the digits is let pass. The error says what is wrong with the text, never
// what the text is.
tl::expected<ClusterKey, std::string> parse_key(std::string_view text);
std::string format_key(const ClusterKey& key);

// Refuses a file that others can read or write, or that belongs neither to root nor to us: it may
// be known to, or have been put there by, somebody else.
tl::expected<ClusterKey, std::string> read_key_file(const std::filesystem::path& file);

// A new key from the system's generator, readable by its owner only. An existing file is left as it
// is, and is an error.
tl::expected<void, std::string> create_key_file(const std::filesystem::path& file);

}  // namespace berkeley
