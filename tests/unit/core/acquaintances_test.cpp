#include "daemon/core/node/acquaintances.hpp"

#include <gtest/gtest.h>

#include "tests/support/node_keys.hpp"

namespace berkeley {
namespace {

using test::certificate_for;

constexpr std::size_t kMost = 3;

void add(Acquaintances& acquaintances, const std::string& name, const Certificate& certificate) {
    acquaintances.add(name, certificate, PairSeal{}, kMost);
}

TEST(Acquaintances, AreKnownByNameAndCertificate) {
    Acquaintances acquaintances;
    add(acquaintances, "m1", certificate_for("m1", "a"));
    EXPECT_NE(acquaintances.find("m1", certificate_for("m1", "a")), nullptr);
    EXPECT_EQ(acquaintances.find("m2", certificate_for("m1", "a")), nullptr);
    EXPECT_EQ(acquaintances.find("m2", certificate_for("m2", "a")), nullptr);
    EXPECT_EQ(acquaintances.find("m1", certificate_for("m1", "b")), nullptr);
    Certificate bent = certificate_for("m1", "a");
    bent.signature[7] ^= 1;
    EXPECT_EQ(acquaintances.find("m1", bent), nullptr);
    add(acquaintances, "m1", certificate_for("m1", "b"));
    EXPECT_NE(acquaintances.find("m1", certificate_for("m1", "b")), nullptr);
    EXPECT_EQ(acquaintances.find("m1", certificate_for("m1", "a")), nullptr) << "the latest stays";
}

TEST(Acquaintances, HaveALimit) {
    Acquaintances acquaintances;
    std::size_t known = 0;
    for (int i = 0; i < 20; ++i) {
        const std::string name = "m" + std::to_string(i);
        add(acquaintances, name, certificate_for(name, "a"));
        EXPECT_NE(acquaintances.find(name, certificate_for(name, "a")), nullptr);
    }
    for (int i = 0; i < 20; ++i) {
        const std::string name = "m" + std::to_string(i);
        if (acquaintances.find(name, certificate_for(name, "a")) != nullptr)
            ++known;
    }
    EXPECT_EQ(known, kMost);
}

// A candidate was distrusted.
TEST(Acquaintances, EndWithTheirIssuer) {
    Acquaintances acquaintances;
    add(acquaintances, "m1", certificate_for("m1", "a"));
    add(acquaintances, "m2", certificate_for("m2", "b"));
    acquaintances.keep_those_of(std::vector{test::public_key("b"), test::public_key("c")});
    EXPECT_EQ(acquaintances.find("m1", certificate_for("m1", "a")), nullptr);
    EXPECT_NE(acquaintances.find("m2", certificate_for("m2", "b")), nullptr);
}

}  // namespace
}  // namespace berkeley
