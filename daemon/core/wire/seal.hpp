// Integrity of datagrams: a MAC over all of it, from a key that only sender and receiver derive.
// Keyed BLAKE2b (RFC 7693) by libsodium's crypto_generichash.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/core/trust/wiped_bytes.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

struct PairKey;

inline constexpr std::size_t kKeySize = 32;
inline constexpr std::size_t kMacSize = 16;

// One direction between two nodes of one cluster: what A sends to B cannot be reflected to A, nor
// replayed into another cluster that happens to use the same keys.
struct SealingKey : WipedBytes<kKeySize> {};

// From a secret of 16 to 64 bytes that both ends know. A purpose ends with a zero byte, so that
// none is the beginning of another.
SealingKey directed_key(std::span<const std::uint8_t> secret, std::string_view purpose,
                        std::string_view cluster, NodeId from, NodeId to);

SealingKey sealing_key(const PairKey& key, std::string_view cluster, NodeId from, NodeId to);

// Writes the MAC of all but the last kMacSize bytes into these.
void seal(std::span<std::uint8_t> datagram, const SealingKey& key);

// Compares in constant time.
bool sealed_by(std::span<const std::uint8_t> datagram, const SealingKey& key);

}  // namespace berkeley
