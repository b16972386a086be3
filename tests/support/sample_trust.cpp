#include "tests/support/sample_trust.hpp"

#include <numeric>

namespace berkeley::test {

KeySeed key_seed(std::uint8_t first) {
    KeySeed seed;
    std::iota(seed.bytes.begin(), seed.bytes.end(), first);
    return seed;
}

SecretKey secret_key(std::uint8_t first) {
    return SecretKey(key_seed(first));
}

}  // namespace berkeley::test
