// What a candidate keeps of who belongs to the cluster, as text (JSON) and back. No file is touched
// here.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/node/registry.hpp"

namespace berkeley {

// Bytes; 10,000 enrolled nodes and as many revocations fit.
inline constexpr std::size_t kMaxTrustSize = std::size_t{16} * 1024 * 1024;

// Whose trust, and in which boot: invitations expire on a clock that begins with it.
struct TrustPlace {
    NodeName cluster;
    std::string boot_id;  // empty: of no boot
};

std::string format_trust(const SavedTrust& trust, const TrustPlace& place);

// Total on any bytes, and all or nothing: a record with a part that cannot be read may lack the
// very revocation that matters. Invitations of another boot are left out. The error says what is
// wrong with the text.
tl::expected<SavedTrust, std::string> parse_trust(std::string_view text, const TrustPlace& place);

}  // namespace berkeley
