// A node's identity: its Ed25519 public key.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace berkeley {

struct PublicKey {
    std::array<std::uint8_t, 32> bytes{};

    constexpr auto operator<=>(const PublicKey&) const = default;
};

// False for bytes that are no point of the curve, are one in a second spelling, or would make a
// shared key that others can guess. Costs as much as a signature's check: for texts and
// enrolments, not for every datagram.
bool usable(const PublicKey& key);

// What names a key where 32 bytes have no room. Two keys with one id are possible, so what is
// found by its id is still to be proved.
struct KeyId {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const KeyId&) const = default;
};

// The first eight bytes of BLAKE2b of the key.
KeyId key_id(const PublicKey& key);

// For people to compare: "4f1a-09c3-77de-b210".
std::string fingerprint(KeyId id);
inline std::string fingerprint(const PublicKey& key) {
    return fingerprint(key_id(key));
}

}  // namespace berkeley

template <>
struct std::hash<berkeley::PublicKey> {
    std::size_t operator()(const berkeley::PublicKey& key) const noexcept {
        return std::hash<std::uint64_t>{}(berkeley::key_id(key).value);
    }
};
