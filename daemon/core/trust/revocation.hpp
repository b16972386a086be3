// What ends a certificate: a candidate's word that a key belongs to the cluster no more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/trust/signature.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

struct Revocation {
    PublicKey key;
    NodeName name;  // for people; it is the key that is revoked
    KeyId issuer;
    Signature signature{};

    bool operator==(const Revocation&) const = default;
};

Revocation revoke(const SecretKey& issuer, std::string_view cluster, const NodeName& name,
                  const PublicKey& key);

tl::expected<void, SignatureError> verify(const Revocation& revocation, std::string_view cluster,
                                          std::span<const PublicKey> candidates);

// Grows and never shrinks, so that it is the same everywhere in the end, whatever the order in
// which its parts arrive. The first revocation of a key stays.
class Revocations {
  public:
    // Far more than any cluster needs; a candidate gone mad fills no memory, and leaves room for
    // what the others revoke.
    static constexpr std::size_t kMost = 10'000;
    static constexpr std::size_t kMostOfOneIssuer = kMost / kMostCandidates;

    enum class Added : std::uint8_t {
        yes,
        known,  // its key is revoked already
        full,   // or there are as many of its issuer as may be
    };

    // Verified by the caller.
    Added add(const Revocation& revocation);
    // What was kept before is kept, however many of one issuer that are.
    void restore(const Revocation& revocation);
    bool has_room_for(KeyId issuer) const;

    bool contains(const PublicKey& key) const { return find(key) != nullptr; }
    const Revocation* find(const PublicKey& key) const;

    // In the order of keys the next one, after the last the first; null if there is none.
    const Revocation* after(const PublicKey& key) const;

    std::size_t size() const { return by_key_.size(); }
    // In the order of their keys.
    auto begin() const { return by_key_.begin(); }
    auto end() const { return by_key_.end(); }

  private:
    std::map<PublicKey, Revocation> by_key_;
    std::map<KeyId, std::size_t> of_issuer_;
};

// Equal where the same keys are revoked. 0 of none.
std::uint64_t digest_of(const Revocations& revocations);

}  // namespace berkeley
