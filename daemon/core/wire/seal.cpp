#include "daemon/core/wire/seal.hpp"

#include <boost/endian/conversion.hpp>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_verify_16.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/trust/secret_key.hpp"

namespace berkeley {
namespace {

std::array<std::uint8_t, kMacSize> mac_of(std::span<const std::uint8_t> datagram,
                                          const SealingKey& key) {
    ensure(datagram.size() > kMacSize, "datagram too short to seal");
    std::array<std::uint8_t, kMacSize> mac{};
    crypto_generichash(mac.data(), mac.size(), datagram.data(), datagram.size() - kMacSize,
                       key.bytes.data(), key.bytes.size());
    return mac;
}

void update(crypto_generichash_state& state, std::string_view text) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                              text.size());
}

}  // namespace

SealingKey directed_key(std::span<const std::uint8_t> secret, std::string_view purpose,
                        std::string_view cluster, NodeId from, NodeId to) {
    ensure(secret.size() >= crypto_generichash_KEYBYTES_MIN &&
               secret.size() <= crypto_generichash_KEYBYTES_MAX,
           "a secret that makes no sealing key");
    std::array<std::uint8_t, 16> direction{};
    boost::endian::store_big_u64(direction.data(), from.value);
    boost::endian::store_big_u64(direction.data() + 8, to.value);

    SealingKey derived;
    crypto_generichash_state state;
    crypto_generichash_init(&state, secret.data(), secret.size(), derived.bytes.size());
    update(state, purpose);
    crypto_generichash_update(&state, direction.data(), direction.size());
    update(state, cluster);
    crypto_generichash_final(&state, derived.bytes.data(), derived.bytes.size());
    return derived;
}

SealingKey sealing_key(const PairKey& key, std::string_view cluster, NodeId from, NodeId to) {
    using namespace std::string_view_literals;
    return directed_key(key.bytes, "berkeleyd pair v1\0"sv, cluster, from, to);
}

void seal(std::span<std::uint8_t> datagram, const SealingKey& key) {
    const auto mac = mac_of(datagram, key);
    std::copy(mac.begin(), mac.end(), datagram.end() - kMacSize);
}

bool sealed_by(std::span<const std::uint8_t> datagram, const SealingKey& key) {
    const auto mac = mac_of(datagram, key);
    return crypto_verify_16(mac.data(), datagram.data() + datagram.size() - kMacSize) == 0;
}

}  // namespace berkeley
