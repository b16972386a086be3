// Who is who: names, ids, and nonces.
#include "daemon/core/wire/identity.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "daemon/core/wire/nonces.hpp"

namespace berkeley {
namespace {

TEST(Name, LettersDigitsAndThreeSignsOneToSixtyThree) {
    EXPECT_TRUE(valid_name("a"));
    EXPECT_TRUE(valid_name("Rack-3.node_7"));
    EXPECT_TRUE(valid_name(std::string(63, 'z')));
    EXPECT_FALSE(valid_name(""));
    EXPECT_FALSE(valid_name(std::string(64, 'z')));
    const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    for (int c = 0; c < 256; ++c) {
        const char one = static_cast<char>(c);
        EXPECT_EQ(valid_name({&one, 1}), allowed.find(one) != std::string::npos) << c;
    }
}

TEST(Name, NodeNameTakesOnlyValidOnes) {
    EXPECT_FALSE(NodeName::from("").has_value());
    EXPECT_FALSE(NodeName::from("a b").has_value());
    EXPECT_FALSE(NodeName::from(std::string(64, 'a')).has_value());
    EXPECT_EQ(NodeName::from(std::string(63, 'a'))->view(), std::string(63, 'a'));
    EXPECT_EQ(*NodeName::from("n1"), *NodeName::from("n1"));
    EXPECT_FALSE(*NodeName::from("n1") == *NodeName::from("n2"));
    EXPECT_FALSE(*NodeName::from("n1") == *NodeName::from("n11"));
}

// Written into every datagram, so it may never change: b2sum -l 128 of the name, 8 bytes of it.
TEST(NodeId, IsTheBeginningOfTheNamesHash) {
    EXPECT_EQ(id_of("node1").value, 0x01edec3927cf2fe3U);
    EXPECT_NE(id_of("node1"), id_of("node2"));
    EXPECT_NE(id_of("node1"), id_of("Node1"));
}

TEST(Nonces, NeverRepeatAndAreNeverZero) {
    std::array<std::uint8_t, 32> entropy{};
    entropy[5] = 77;
    Nonces nonces(entropy);
    std::set<std::uint64_t> drawn;
    for (int i = 0; i < 10'000; ++i)
        drawn.insert(nonces.next());
    EXPECT_EQ(drawn.size(), 10'000U);
    EXPECT_FALSE(drawn.contains(0));
}

TEST(Nonces, FollowFromTheEntropyAlone) {
    std::array<std::uint8_t, 32> entropy{};
    Nonces a(entropy);
    Nonces b(entropy);
    entropy[31] ^= 1;
    Nonces c(entropy);
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t nonce = a.next();
        EXPECT_EQ(nonce, b.next());
        EXPECT_NE(nonce, c.next());
    }
}

}  // namespace
}  // namespace berkeley
