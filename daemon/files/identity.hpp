// Who a node is: its secret key, and what makes the others believe it.
#pragma once

#include <optional>

#include <tl/expected.hpp>

#include "daemon/config/config.hpp"
#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/files/file_error.hpp"

namespace berkeley {

struct Identity {
    SecretKey key;
    std::optional<Certificate> certificate;  // none of a candidate
};

// Reads what the configuration names. An error, too, if it does not fit the configuration: a
// candidate's key is the one that is pinned for it; any other node's certificate is for its
// cluster, name and key, and by a candidate.
tl::expected<Identity, FileError> read_identity(const Config& config);

// What a node that was a candidate, and is one no more, certifies itself; nothing if it was none,
// or is distrusted.
std::optional<Certificate> certificate_of_once(const Config& config, const SecretKey& key);

}  // namespace berkeley
