// What admits a node that is no candidate: a candidate's word that this key belongs to this name.
// It has no expiry, for clocks are what is not trusted; a revocation ends it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/trust/signature.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

// The names of cluster and node are signed too. A datagram need not carry them twice, so they are
// not here.
struct Certificate {
    PublicKey key;
    KeyId issuer;
    bool votes = false;        // its clock may count in the average
    std::uint64_t serial = 0;  // random: tells apart two certificates that say the same
    Signature signature{};

    bool operator==(const Certificate&) const = default;
};

// As a node keeps it: with the names, so that it can be told what is wrong after a change of these.
struct NamedCertificate {
    NodeName cluster;
    NodeName name;
    Certificate certificate;

    bool operator==(const NamedCertificate&) const = default;
};

// The key should be usable(); a certificate for another one is good for nothing.
Certificate certify(const SecretKey& issuer, std::string_view cluster, std::string_view name,
                    const PublicKey& key, bool votes, std::uint64_t serial);

// Whether the key was revoked is another question: revocation.hpp.
tl::expected<void, SignatureError> verify(const Certificate& certificate, std::string_view cluster,
                                          std::string_view name,
                                          std::span<const PublicKey> candidates);

// Key, issuer, votes, serial, signature.
inline constexpr std::size_t kCompactCertificateSize = 32 + 8 + 1 + 8 + 64;
using CompactCertificate = std::array<std::uint8_t, kCompactCertificateSize>;

enum class CompactError : std::uint8_t {
    wrong_size,
    malformed,
};

CompactCertificate encode(const Certificate& certificate);
tl::expected<Certificate, CompactError> decode_certificate(std::span<const std::uint8_t> bytes);

}  // namespace berkeley
