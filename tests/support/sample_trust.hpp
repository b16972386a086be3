// Keys from fixed seeds.
#pragma once

#include <cstdint>

#include "daemon/core/trust/secret_key.hpp"

namespace berkeley::test {

inline constexpr std::uint8_t kCandidateSeed = 1;
inline constexpr std::uint8_t kMemberSeed = 101;

KeySeed key_seed(std::uint8_t first);  // first, first + 1, ...
SecretKey secret_key(std::uint8_t first);

}  // namespace berkeley::test
