#include "daemon/core/wire/nonces.hpp"

#include <boost/endian/conversion.hpp>
#include <sodium/crypto_generichash.h>

namespace berkeley {

std::uint64_t Nonces::next() {
    std::array<std::uint8_t, 8> count{};
    boost::endian::store_big_u64(count.data(), ++drawn_);
    std::array<std::uint8_t, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(), count.data(), count.size(), entropy_.data(),
                       entropy_.size());
    const auto nonce = boost::endian::load_big_u64(hash.data());
    return nonce == 0 ? 1 : nonce;
}

}  // namespace berkeley
