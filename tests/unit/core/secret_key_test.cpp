// Keys: what they make is written in files and on the wire, so the known answers may never change.
// All of them were computed apart from this code and from libsodium.
#include "daemon/core/trust/secret_key.hpp"

#include <memory>
#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>
#include <sodium.h>

#include "daemon/core/wire/codec.hpp"
#include "daemon/core/wire/seal.hpp"
#include "tests/support/sample_messages.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

using test::kCandidateSeed;
using test::kMemberSeed;
using test::secret_key;

constexpr NodeId kA{17};
constexpr NodeId kB{23};

template <std::size_t size>
std::string hex(const std::array<std::uint8_t, size>& bytes) {
    std::array<char, 2 * size + 1> digits{};
    return sodium_bin2hex(digits.data(), digits.size(), bytes.data(), size);
}

PublicKey key_of(std::string_view digits) {
    PublicKey key;
    sodium_hex2bin(key.bytes.data(), key.bytes.size(), digits.data(), digits.size(), nullptr,
                   nullptr, nullptr);
    return key;
}

SealingKey direction(const SecretKey& own, const PublicKey& peer, NodeId from, NodeId to) {
    return sealing_key(pair_key(own, peer).value(), "lab", from, to);
}

TEST(PublicKey, IsThatOfRfc8032) {
    const PublicKey seed =
        key_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    EXPECT_EQ(SecretKey(KeySeed{seed.bytes}).public_key(),
              key_of("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
}

TEST(PublicKey, HasAnIdAndAFingerprint) {
    const PublicKey key = secret_key(kCandidateSeed).public_key();
    EXPECT_EQ(key_id(key).value, 0xdf34250704abcdf8U);
    EXPECT_EQ(fingerprint(key), "df34-2507-04ab-cdf8");
    EXPECT_EQ(fingerprint(KeyId{0x0001'0020'0300'4000}), "0001-0020-0300-4000");
}

TEST(PublicKey, ComparesAndHashesByAllItsBytes) {
    std::unordered_set<PublicKey> keys;
    std::unordered_set<std::size_t> hashes;
    PublicKey key;
    for (std::uint8_t& byte : key.bytes) {
        byte = 1;
        EXPECT_TRUE(keys.insert(key).second);
        EXPECT_TRUE(hashes.insert(std::hash<PublicKey>{}(key)).second);
        byte = 0;
    }
}

TEST(PublicKey, IsUsableOnlyAsAGoodPointInItsOneSpelling) {
    EXPECT_TRUE(usable(secret_key(kMemberSeed).public_key()));
    EXPECT_FALSE(usable({}));            // of order 4
    EXPECT_FALSE(usable(key_of("01")));  // the neutral point
    EXPECT_FALSE(usable(key_of("02")));  // no point at all
    EXPECT_FALSE(
        usable(key_of("edffffffffffffffffffffffffffffff"
                      "ffffffffffffffffffffffffffffff7f")));  // 0, spelled as the prime
}

TEST(SecretKey, SignsSoThatItsPublicKeyChecks) {
    const SecretKey key = secret_key(kMemberSeed);
    const std::array<std::uint8_t, 3> said{1, 2, 3};
    const std::array<std::uint8_t, 3> not_said{1, 2, 4};
    const Signature signature = key.sign(said);
    const std::array keys{secret_key(kCandidateSeed).public_key(), key.public_key()};
    EXPECT_TRUE(verify(said, key_id(keys[1]), signature, keys).has_value());
    EXPECT_EQ(verify(not_said, key_id(keys[1]), signature, keys).error(),
              SignatureError::bad_signature);
    EXPECT_EQ(verify(said, key_id(keys[0]), signature, keys).error(),
              SignatureError::bad_signature);
    EXPECT_EQ(verify(said, key_id(keys[1]), signature, std::span(keys).first(1)).error(),
              SignatureError::unknown_issuer);
}

TEST(SecretKey, GivesItsSeedBack) {
    EXPECT_EQ(secret_key(kMemberSeed).seed().bytes, test::key_seed(kMemberSeed).bytes);
}

TEST(SecretKey, IsLockedInMemoryIfThereIsRoom) {
    if (std::array<std::uint8_t, 1> page{}; sodium_mlock(page.data(), page.size()) != 0)
        GTEST_SKIP() << "no memory may be locked here";
    EXPECT_TRUE(secret_key(kMemberSeed).locked());
}

TEST(SecretKey, IsMovedAndNotCopied) {
    static_assert(!std::is_copy_constructible_v<SecretKey>);
    static_assert(!std::is_copy_assignable_v<SecretKey>);
    SecretKey first = secret_key(kMemberSeed);
    const SecretKey second = std::move(first);
    EXPECT_EQ(second.seed().bytes, test::key_seed(kMemberSeed).bytes);
}

TEST(SecretKeyDeathTest, UsedAfterAMoveIsABug) {
    SecretKey key = secret_key(kMemberSeed);
    const SecretKey moved = std::move(key);
    EXPECT_DEATH(key.sign({}), "moved away");  // NOLINT(bugprone-use-after-move): the test's point
}

TEST(WipedBytes, AreWipedAtTheirEnd) {
    alignas(KeySeed) std::array<std::uint8_t, sizeof(KeySeed)> room{};
    auto* seed = new (room.data()) KeySeed(test::key_seed(1));
    ASSERT_EQ(room[5], 6);
    std::destroy_at(seed);
    EXPECT_EQ(room, decltype(room){});
}

TEST(PairKey, IsTheSameForBoth) {
    const SecretKey a = secret_key(kCandidateSeed);
    const SecretKey b = secret_key(kMemberSeed);
    const PairKey ab = pair_key(a, b.public_key()).value();
    EXPECT_EQ(hex(ab.bytes), "782b0409f539b473bdb2a5183aff1d2d65e04ef597b77da318d062b03a6dae40");
    EXPECT_EQ(ab.bytes, pair_key(b, a.public_key())->bytes);
    EXPECT_NE(ab.bytes, pair_key(a, secret_key(51).public_key())->bytes);
}

TEST(PairKey, IsNotMadeOfWhatIsNoGoodKey) {
    const SecretKey own = secret_key(kMemberSeed);
    for (const char* digits :
         {"", "01", "02", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"}) {
        const auto key = pair_key(own, key_of(digits));
        ASSERT_FALSE(key.has_value()) << digits;
        EXPECT_EQ(key.error(), PairKeyError::not_a_key);
    }
}

TEST(PairKey, IsNotMadeWithOneself) {
    const SecretKey own = secret_key(kMemberSeed);
    const auto key = pair_key(own, own.public_key());
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error(), PairKeyError::own_key);
}

TEST(PairSealing, IsKnown) {
    const SealingKey key =
        direction(secret_key(kCandidateSeed), secret_key(kMemberSeed).public_key(), kA, kB);
    EXPECT_EQ(hex(key.bytes), "712beafbff026b11f9e5db8b281736d27b29c833d7efdbbe4ddf042dff426919");
}

TEST(PairSealing, HoldsBetweenTheTwoInOneDirectionAndOneCluster) {
    const SecretKey a = secret_key(kCandidateSeed);
    const SecretKey b = secret_key(kMemberSeed);
    Datagram datagram = encode(test::sample_header(), test::sample_reply());
    seal(datagram, direction(a, b.public_key(), kA, kB));
    EXPECT_TRUE(sealed_by(datagram, direction(b, a.public_key(), kA, kB)));
    EXPECT_FALSE(sealed_by(datagram, direction(b, a.public_key(), kB, kA)));
    EXPECT_FALSE(sealed_by(datagram, direction(secret_key(51), a.public_key(), kA, kB)));
    const PairKey pair = pair_key(b, a.public_key()).value();
    EXPECT_FALSE(sealed_by(datagram, sealing_key(pair, "lab2", kA, kB)));
    EXPECT_FALSE(sealed_by(datagram, directed_key(pair.bytes, {}, "lab", kA, kB)));
}

TEST(PairSealingDeathTest, OfAShortSecretIsABug) {
    const std::array<std::uint8_t, 15> secret{};
    EXPECT_DEATH(directed_key(secret, "x", "lab", kA, kB), "makes no sealing key");
}

}  // namespace
}  // namespace berkeley
