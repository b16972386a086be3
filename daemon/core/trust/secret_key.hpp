// A node's secret: it signs, and it makes the key that two nodes share.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <tl/expected.hpp>

#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/trust/signature.hpp"
#include "daemon/core/trust/wiped_bytes.hpp"

namespace berkeley {

using KeySeed = WipedBytes<32>;

// Known to two nodes alone, and the same for both: X25519 of their keys, then HSalsa20. No datagram
// is sealed by it; sealing_key() makes one for each direction.
struct PairKey : WipedBytes<32> {};

enum class PairKeyError : std::uint8_t {
    not_a_key,  // no point of the curve, or one that would make a key that others can guess
    own_key,    // two machines have one key: a copied disk, most likely
};

// Moved, never copied. Its bytes have a memory page of their own, which is not swapped, not dumped,
// and wiped at the end.
class SecretKey {
  public:
    explicit SecretKey(const KeySeed& seed);
    SecretKey(SecretKey&&) noexcept;
    SecretKey& operator=(SecretKey&&) noexcept;
    ~SecretKey();

    const PublicKey& public_key() const { return public_key_; }
    Signature sign(std::span<const std::uint8_t> bytes) const;

    // Wanted where the key is written to its file, and where other secrets follow from it.
    KeySeed seed() const;

    // False where the system's limit for locked memory (RLIMIT_MEMLOCK) left no room.
    bool locked() const;

  private:
    struct Page;
    friend tl::expected<PairKey, PairKeyError> pair_key(const SecretKey& own,
                                                        const PublicKey& peer);
    const Page& page() const;

    PublicKey public_key_;
    std::unique_ptr<Page> page_;
};

// Some 100 µs: once for a peer, not for a datagram.
tl::expected<PairKey, PairKeyError> pair_key(const SecretKey& own, const PublicKey& peer);

}  // namespace berkeley
