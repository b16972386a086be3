#include "daemon/platform/entropy.hpp"

#include <sodium.h>

#include "daemon/core/contract.hpp"

namespace berkeley {

void fill_random(std::span<std::uint8_t> bytes) {
    ensure(sodium_init() >= 0, "libsodium cannot be initialized");
    randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace berkeley
