#include "daemon/core/wire/seal.hpp"

#include <gtest/gtest.h>

#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/wire/codec.hpp"
#include "tests/support/sample_messages.hpp"

namespace berkeley {
namespace {

constexpr NodeId kA{17};
constexpr NodeId kB{23};

PairKey key_of(std::uint8_t seed) {
    PairKey key;
    for (std::size_t i = 0; i < key.bytes.size(); ++i) {
        key.bytes[i] = static_cast<std::uint8_t>(seed + i);
    }
    return key;
}

Datagram sealed(const SealingKey& key) {
    Datagram datagram = encode(test::sample_header(), test::sample_reply());
    seal(datagram, key);
    return datagram;
}

TEST(Seal, HoldsForTheKeyThatMadeIt) {
    const SealingKey key = sealing_key(key_of(1), "lab", kA, kB);
    EXPECT_TRUE(sealed_by(sealed(key), key));
}

TEST(Seal, LeavesTheMessageReadable) {
    const Datagram datagram = sealed(sealing_key(key_of(1), "lab", kA, kB));
    const auto decoded = decode(datagram);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(test::same(decoded->message, test::sample_reply()));
}

TEST(Seal, EverySingleBitFlippedBreaksIt) {
    const SealingKey key = sealing_key(key_of(1), "lab", kA, kB);
    const Datagram good = sealed(key);
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Datagram bad = good;
        bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        ASSERT_FALSE(sealed_by(bad, key)) << "bit " << bit;
    }
}

TEST(Seal, AnUnsealedDatagramIsNotSealed) {
    const SealingKey key = sealing_key(key_of(1), "lab", kA, kB);
    EXPECT_FALSE(sealed_by(encode(test::sample_header(), test::sample_reply()), key));
}

TEST(Seal, AReflectedDatagramDoesNotHold) {
    const Datagram there = sealed(sealing_key(key_of(1), "lab", kA, kB));
    EXPECT_FALSE(sealed_by(there, sealing_key(key_of(1), "lab", kB, kA)));
}

TEST(Seal, NeitherAnotherClusterNorKeyNorNodeOpensIt) {
    const Datagram datagram = sealed(sealing_key(key_of(1), "lab", kA, kB));
    EXPECT_FALSE(sealed_by(datagram, sealing_key(key_of(1), "lab2", kA, kB)));
    EXPECT_FALSE(sealed_by(datagram, sealing_key(key_of(1), "", kA, kB)));
    EXPECT_FALSE(sealed_by(datagram, sealing_key(key_of(2), "lab", kA, kB)));
    EXPECT_FALSE(sealed_by(datagram, sealing_key(key_of(1), "lab", kA, NodeId{24})));
    EXPECT_FALSE(sealed_by(datagram, sealing_key(key_of(1), "lab", NodeId{18}, kB)));
    EXPECT_FALSE(sealed_by(datagram, sealing_key(key_of(1), "lab", kA, NodeId{})));
}

TEST(Seal, EveryByteOfTheKeyMatters) {
    const Datagram datagram = sealed(sealing_key(key_of(1), "lab", kA, kB));
    for (std::size_t i = 0; i < kKeySize; ++i) {
        PairKey other = key_of(1);
        other.bytes[i] ^= 0x80;
        ASSERT_FALSE(sealed_by(datagram, sealing_key(other, "lab", kA, kB))) << i;
    }
}

TEST(SealDeathTest, WhatHasNoRoomForAMacIsABug) {
    std::array<std::uint8_t, kMacSize> small{};
    EXPECT_DEATH(seal(small, SealingKey{}), "datagram too short to seal");
}

}  // namespace
}  // namespace berkeley
