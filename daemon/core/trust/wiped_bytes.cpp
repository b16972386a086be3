#include "daemon/core/trust/wiped_bytes.hpp"

#include <sodium/utils.h>

namespace berkeley {

void wipe(std::span<std::uint8_t> bytes) {
    sodium_memzero(bytes.data(), bytes.size());
}

}  // namespace berkeley
