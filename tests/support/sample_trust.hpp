// Keys from fixed seeds, and a certificate, a revocation and a token that say something in every
// field.
#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/revocation.hpp"
#include "daemon/core/trust/secret_key.hpp"

namespace berkeley::test {

inline constexpr std::uint8_t kCandidateSeed = 1;
inline constexpr std::uint8_t kMemberSeed = 101;

KeySeed key_seed(std::uint8_t first);  // first, first + 1, ...
SecretKey secret_key(std::uint8_t first);
NodeName name(std::string_view text);

// Of the member's key as "node3" of "lab", by the candidate.
NamedCertificate sample_certificate();
Revocation sample_revocation();
Token sample_token();

bool same(const Token& a, const Token& b);

}  // namespace berkeley::test
