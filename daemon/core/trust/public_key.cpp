#include "daemon/core/trust/public_key.hpp"

#include <boost/endian/conversion.hpp>
#include <fmt/format.h>
#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_generichash.h>

namespace berkeley {

bool usable(const PublicKey& key) {
    static_assert(sizeof key.bytes == crypto_core_ed25519_BYTES);
    return crypto_core_ed25519_is_valid_point(key.bytes.data()) == 1;
}

KeyId key_id(const PublicKey& key) {
    std::array<std::uint8_t, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(), key.bytes.data(), key.bytes.size(), nullptr, 0);
    return KeyId{boost::endian::load_big_u64(hash.data())};
}

std::string fingerprint(KeyId id) {
    const std::uint64_t value = id.value;
    return fmt::format("{:04x}-{:04x}-{:04x}-{:04x}", value >> 48, value >> 32 & 0xffff,
                       value >> 16 & 0xffff, value & 0xffff);
}

}  // namespace berkeley
