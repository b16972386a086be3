// What makes a node one of its cluster: its secret key and, unless it is a candidate, its
// certificate. Each is a line of text in a file of its own.
#pragma once

#include <filesystem>

#include <tl/expected.hpp>

#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/files/file_error.hpp"

namespace berkeley {

// Refuses a file that others can read or write, or that belongs neither to root nor to us: it may
// be known to, or have been put there by, somebody else. The error never says what the text is.
tl::expected<SecretKey, FileError> read_secret_key(const std::filesystem::path& file);

// What it certifies, and whose signature it bears, is not looked at.
tl::expected<NamedCertificate, FileError> read_certificate(const std::filesystem::path& file);

// From the system's random generator.
SecretKey new_secret_key();

// A new key in a file that only the daemon's user can read. What exists is never replaced.
tl::expected<SecretKey, FileError> create_secret_key(const std::filesystem::path& file);

}  // namespace berkeley
