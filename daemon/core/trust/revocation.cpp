#include "daemon/core/trust/revocation.hpp"

#include <array>

#include <boost/endian/conversion.hpp>
#include <sodium/crypto_generichash.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/trust/bytes.hpp"
#include "daemon/core/trust/fields.hpp"

namespace berkeley {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kRevocationDomain = "berkeleyd revocation v1\0"sv;
constexpr std::size_t kMostOfRevocation =
    kRevocationDomain.size() + 2 * (1 + kMaxNameLength) + 32 + 8;
using RevocationRoom = std::array<std::uint8_t, kMostOfRevocation>;

std::span<const std::uint8_t> revocation_bytes(RevocationRoom& room, Revocation revocation,
                                               std::string_view cluster) {
    ensure(valid_name(cluster), "a revocation in a cluster without a name");
    ByteWriter writer(room);
    writer.raw(kRevocationDomain);
    writer.text(cluster, kMaxNameLength);
    signed_fields(writer, revocation);
    return writer.written();
}

}  // namespace

Revocation revoke(const SecretKey& issuer, std::string_view cluster, const NodeName& name,
                  const PublicKey& key) {
    Revocation revocation{key, name, key_id(issuer.public_key()), {}};
    RevocationRoom room{};
    revocation.signature = issuer.sign(revocation_bytes(room, revocation, cluster));
    return revocation;
}

tl::expected<void, SignatureError> verify(const Revocation& revocation, std::string_view cluster,
                                          std::span<const PublicKey> candidates) {
    RevocationRoom room{};
    return verify(revocation_bytes(room, revocation, cluster), revocation.issuer,
                  revocation.signature, candidates);
}

Revocations::Added Revocations::add(const Revocation& revocation) {
    if (contains(revocation.key))
        return Added::known;
    if (!has_room_for(revocation.issuer))
        return Added::full;
    restore(revocation);
    return Added::yes;
}

void Revocations::restore(const Revocation& revocation) {
    if (by_key_.size() < kMost && by_key_.emplace(revocation.key, revocation).second)
        ++of_issuer_[revocation.issuer];
}

bool Revocations::has_room_for(KeyId issuer) const {
    const auto made = of_issuer_.find(issuer);
    return by_key_.size() < kMost && (made == of_issuer_.end() || made->second < kMostOfOneIssuer);
}

const Revocation* Revocations::find(const PublicKey& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second;
}

const Revocation* Revocations::after(const PublicKey& key) const {
    if (by_key_.empty())
        return nullptr;
    const auto next = by_key_.upper_bound(key);
    return next == by_key_.end() ? &by_key_.begin()->second : &next->second;
}

std::uint64_t digest_of(const Revocations& revocations) {
    if (revocations.size() == 0)
        return 0;
    crypto_generichash_state state;
    std::array<std::uint8_t, crypto_generichash_BYTES_MIN> hashed{};
    crypto_generichash_init(&state, nullptr, 0, hashed.size());
    for (const auto& [key, revocation] : revocations)
        crypto_generichash_update(&state, key.bytes.data(), key.bytes.size());
    crypto_generichash_final(&state, hashed.data(), hashed.size());
    return boost::endian::load_big_u64(hashed.data());
}

}  // namespace berkeley
