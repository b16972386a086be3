#include "daemon/core/trust/secret_key.hpp"

#include <algorithm>
#include <array>

#include <sodium/crypto_box.h>
#include <sodium/crypto_sign.h>
#include <sodium/utils.h>

#include "daemon/core/contract.hpp"

namespace berkeley {

// Locking goes by whole pages, and one unlocked beside this would unlock it: so the page is its
// own. Where pages are larger it is locked all the same. Not sodium_malloc(): a block of its kind
// must not outlive a first sodium_init(), which may come late in core's life.
struct alignas(4096) SecretKey::Page {
    Page() : locked(sodium_mlock(this, sizeof *this) == 0) {}
    ~Page() { sodium_munlock(this, sizeof *this); }  // wipes first
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;

    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> signing{};  // the seed stands first
    std::array<std::uint8_t, crypto_box_SECRETKEYBYTES> agreeing{};  // the same key for X25519
    bool locked;
};

SecretKey::SecretKey(const KeySeed& seed) : page_(std::make_unique<Page>()) {
    static_assert(sizeof seed.bytes == crypto_sign_SEEDBYTES);
    crypto_sign_seed_keypair(public_key_.bytes.data(), page_->signing.data(), seed.bytes.data());
    crypto_sign_ed25519_sk_to_curve25519(page_->agreeing.data(), page_->signing.data());
}

SecretKey::SecretKey(SecretKey&&) noexcept = default;
SecretKey& SecretKey::operator=(SecretKey&&) noexcept = default;
SecretKey::~SecretKey() = default;

const SecretKey::Page& SecretKey::page() const {
    ensure(page_ != nullptr, "a secret key used after it was moved away");
    return *page_;
}

Signature SecretKey::sign(std::span<const std::uint8_t> bytes) const {
    Signature signature{};
    crypto_sign_detached(signature.data(), nullptr, bytes.data(), bytes.size(),
                         page().signing.data());
    return signature;
}

KeySeed SecretKey::seed() const {
    KeySeed seed;
    std::copy_n(page().signing.begin(), seed.bytes.size(), seed.bytes.begin());
    return seed;
}

bool SecretKey::locked() const {
    return page().locked;
}

tl::expected<PairKey, PairKeyError> pair_key(const SecretKey& own, const PublicKey& peer) {
    if (peer == own.public_key())
        return tl::unexpected(PairKeyError::own_key);
    PairKey key;
    static_assert(sizeof key.bytes == crypto_box_BEFORENMBYTES);
    std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> agreeing{};
    if (crypto_sign_ed25519_pk_to_curve25519(agreeing.data(), peer.bytes.data()) != 0 ||
        crypto_box_beforenm(key.bytes.data(), agreeing.data(), own.page().agreeing.data()) != 0)
        return tl::unexpected(PairKeyError::not_a_key);
    return key;
}

}  // namespace berkeley
