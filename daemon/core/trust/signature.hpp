// Signatures of candidates: detached Ed25519 (RFC 8032) by libsodium.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/trust/public_key.hpp"

namespace berkeley {

using Signature = std::array<std::uint8_t, 64>;

enum class SignatureError : std::uint8_t {
    unknown_issuer,  // none of the keys given has the issuer's id
    bad_signature,   // the issuer signed something else, or did not sign
};

// That the candidate with the id `issuer` signed these bytes.
tl::expected<void, SignatureError> verify(std::span<const std::uint8_t> bytes, KeyId issuer,
                                          const Signature& signature,
                                          std::span<const PublicKey> candidates);

// What is wrong with a certificate or a revocation, as the end of "the certificate of node3 ...".
std::string_view to_text(SignatureError error);

}  // namespace berkeley
