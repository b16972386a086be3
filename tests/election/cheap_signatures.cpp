// Stands before libsodium's, which would take nearly all of the search's time: a signature is a
// hash of the signer's public key and what is signed. Nobody in a play forges one.
#include <algorithm>
#include <array>
#include <cstdint>

#include "tests/election/fingerprint.hpp"

namespace {

void hash(unsigned char* out, const unsigned char* bytes, unsigned long long size,
          const unsigned char* key) {
    berkeley::test::FingerprintMaker maker;
    for (unsigned long long i = 0; i < size; ++i)
        maker.add(bytes[i]);
    for (int i = 0; i < 32; ++i)
        maker.add(key[i]);
    const std::uint64_t low = maker.low();
    std::fill_n(out, 64, static_cast<unsigned char>(0));
    std::copy_n(reinterpret_cast<const unsigned char*>(&low), sizeof low, out);
}

}  // namespace

extern "C" {

int crypto_sign_detached(unsigned char* signature, unsigned long long* length,
                         const unsigned char* bytes, unsigned long long size,
                         const unsigned char* secret) {
    hash(signature, bytes, size, secret + 32);  // behind the seed stands the public key
    if (length != nullptr)
        *length = 64;
    return 0;
}

int crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* bytes,
                                unsigned long long size, const unsigned char* key) {
    std::array<unsigned char, 64> expected{};
    hash(expected.data(), bytes, size, key);
    return std::equal(expected.begin(), expected.end(), signature) ? 0 : -1;
}

int crypto_box_beforenm(unsigned char* shared, const unsigned char*, const unsigned char*) {
    std::fill_n(shared, 32, static_cast<unsigned char>(1));
    return 0;
}

int crypto_sign_ed25519_pk_to_curve25519(unsigned char* agreeing, const unsigned char* key) {
    std::copy_n(key, 32, agreeing);
    return 0;
}
}
