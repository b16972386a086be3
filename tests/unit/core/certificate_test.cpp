// What a candidate signs: certificates and revocations.
#include "daemon/core/trust/certificate.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <sodium.h>

#include "daemon/core/trust/revocation.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

using test::kCandidateSeed;
using test::kMemberSeed;
using test::name;
using test::secret_key;

const std::array kCandidates{secret_key(51).public_key(), secret_key(kCandidateSeed).public_key()};

template <class Bytes>
std::string hex(const Bytes& bytes) {
    std::string digits(2 * bytes.size() + 1, ' ');
    sodium_bin2hex(digits.data(), digits.size(), bytes.data(), bytes.size());
    digits.pop_back();
    return digits;
}

TEST(Certificate, IsCheckedByAnyCandidatesPinnedKeyAlone) {
    const auto [cluster, node, certificate] = test::sample_certificate();
    EXPECT_TRUE(verify(certificate, "lab", "node3", kCandidates).has_value());
    EXPECT_EQ(verify(certificate, "lab", "node3", std::span(kCandidates).first(1)).error(),
              SignatureError::unknown_issuer);
    EXPECT_EQ(verify(certificate, "lab", "node3", {}).error(), SignatureError::unknown_issuer);
}

TEST(Certificate, HoldsForItsClusterAndNameAlone) {
    const Certificate certificate = test::sample_certificate().certificate;
    for (const auto& [cluster, node] : {std::pair{"lab2", "node3"},
                                        {"lab", "node4"},
                                        {"labn", "ode3"},
                                        {"node3", "lab"},
                                        {"lab", "Node3"}}) {
        const auto verified = verify(certificate, cluster, node, kCandidates);
        ASSERT_FALSE(verified.has_value()) << cluster << ' ' << node;
        EXPECT_EQ(verified.error(), SignatureError::bad_signature);
    }
}

TEST(Certificate, EverySingleBitFlippedBreaksIt) {
    const CompactCertificate good = encode(test::sample_certificate().certificate);
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        CompactCertificate bad = good;
        bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        const auto decoded = decode_certificate(bad);
        ASSERT_FALSE(decoded && verify(*decoded, "lab", "node3", kCandidates)) << "bit " << bit;
    }
}

TEST(Certificate, OfAMemberEnrolsNobody) {
    const SecretKey member = secret_key(kMemberSeed);
    const PublicKey key = secret_key(77).public_key();
    Certificate certificate = certify(member, "lab", "node9", key, true, 1);
    EXPECT_EQ(verify(certificate, "lab", "node9", kCandidates).error(),
              SignatureError::unknown_issuer);
    certificate.issuer = key_id(kCandidates[1]);
    EXPECT_EQ(verify(certificate, "lab", "node9", kCandidates).error(),
              SignatureError::bad_signature);
}

TEST(Certificate, HasAKnownCompactForm) {
    EXPECT_EQ(kCompactCertificateSize, 113U);
    const Certificate certificate = test::sample_certificate().certificate;
    const CompactCertificate bytes = encode(certificate);
    EXPECT_EQ(hex(bytes),
              "da29e95b02e00ffa15645775fb1d2ba222a1943395eea06b94e2c057b7be69d0df34250704abcdf8"
              "010123456789abcdef987afb13f5101736980a0953c1bb7eee0e7df73ed2b69d4d7df49d9e5fb40a"
              "859c3ad3572eef0ea506734944521d5a731bdc05569ecd4843bf83a709fc5b7008");
    EXPECT_EQ(decode_certificate(bytes), certificate);
}

TEST(Certificate, IsNotReadFromOtherSizesOrFlags) {
    CompactCertificate bytes = encode(test::sample_certificate().certificate);
    EXPECT_EQ(decode_certificate(std::span(bytes).first(112)).error(), CompactError::wrong_size);
    EXPECT_EQ(decode_certificate(std::array<std::uint8_t, 114>{}).error(),
              CompactError::wrong_size);
    bytes[40] = 2;
    EXPECT_EQ(decode_certificate(bytes).error(), CompactError::malformed);
}

TEST(CertificateDeathTest, ForAnInvalidNameIsABug) {
    const SecretKey issuer = secret_key(kCandidateSeed);
    EXPECT_DEATH(certify(issuer, "lab", "", issuer.public_key(), true, 1), "name that is none");
    EXPECT_DEATH(certify(issuer, "a b", "n", issuer.public_key(), true, 1), "name that is none");
}

TEST(SignatureError, SaysWhatToDo) {
    EXPECT_NE(to_text(SignatureError::unknown_issuer).find("give this node the issuer's key"),
              std::string_view::npos);
    EXPECT_NE(to_text(SignatureError::bad_signature).find("have it issued anew"),
              std::string_view::npos);
}

TEST(Revocation, IsSignedWithAllThatItSays) {
    const Revocation good = test::sample_revocation();
    EXPECT_EQ(hex(good.signature),
              "909a45de4ee11e68d8b079c6a81ffd691410982153c63f0cafd6bafbd7a5780bbb93a5397f480ff6"
              "a08539b45c416e43a80ad2d7e3c01c0e23d2a298be004c08");
    EXPECT_TRUE(verify(good, "lab", kCandidates).has_value());
    EXPECT_EQ(verify(good, "lab2", kCandidates).error(), SignatureError::bad_signature);
    EXPECT_EQ(verify(good, "lab", std::span(kCandidates).first(1)).error(),
              SignatureError::unknown_issuer);
    Revocation other_name = good;
    other_name.name = name("node4");
    EXPECT_EQ(verify(other_name, "lab", kCandidates).error(), SignatureError::bad_signature);
    Revocation other_key = good;
    other_key.key = secret_key(77).public_key();
    EXPECT_EQ(verify(other_key, "lab", kCandidates).error(), SignatureError::bad_signature);
}

TEST(Revocations, KeepTheFirstOfEachKey) {
    Revocations revocations;
    const Revocation first = test::sample_revocation();
    EXPECT_FALSE(revocations.contains(first.key));
    EXPECT_EQ(revocations.add(first), Revocations::Added::yes);
    const Revocation again = revoke(secret_key(51), "lab", name("other"), first.key);
    EXPECT_EQ(revocations.add(again), Revocations::Added::known);
    ASSERT_NE(revocations.find(first.key), nullptr);
    EXPECT_EQ(*revocations.find(first.key), first);
    EXPECT_FALSE(revocations.contains(secret_key(51).public_key()));
    EXPECT_EQ(revocations.size(), 1U);
}

TEST(Revocations, GoByTheirKeysWhateverTheirOrder) {
    Revocation a = test::sample_revocation();
    Revocation b = a;
    a.key.bytes[0] = 1;
    b.key.bytes[0] = 2;
    Revocations one;
    one.add(a);
    one.add(b);
    Revocations other;
    other.add(b);
    other.add(a);
    EXPECT_TRUE(std::ranges::equal(one, other));
}

Revocation numbered(std::size_t number, std::uint64_t issuer) {
    Revocation revocation = test::sample_revocation();
    revocation.key.bytes[0] = static_cast<std::uint8_t>(number % 256);
    revocation.key.bytes[31] = static_cast<std::uint8_t>(number / 256);
    revocation.issuer = KeyId{issuer};
    return revocation;
}

TEST(Revocations, EndAtTheirLimitAndForgetNone) {
    Revocations revocations;
    std::size_t made = 0;
    for (std::uint64_t issuer = 1; made < Revocations::kMost; ++issuer) {
        for (std::size_t i = 0; i < Revocations::kMostOfOneIssuer && made < Revocations::kMost; ++i)
            ASSERT_EQ(revocations.add(numbered(made++, issuer)), Revocations::Added::yes);
    }
    EXPECT_EQ(revocations.add(numbered(made - 1, 99)), Revocations::Added::known);
    EXPECT_EQ(revocations.add(numbered(made, 99)), Revocations::Added::full);
    EXPECT_EQ(revocations.size(), Revocations::kMost);
}

// Whose key was stolen.
TEST(Revocations, OfOneIssuerLeaveRoomForThoseOfTheOthers) {
    Revocations revocations;
    for (std::size_t i = 0; i < Revocations::kMost; ++i)
        revocations.add(numbered(i, 1));
    EXPECT_EQ(revocations.add(numbered(Revocations::kMost, 1)), Revocations::Added::full);
    for (std::size_t i = 1; i < kMostCandidates; ++i)
        EXPECT_EQ(revocations.add(numbered(Revocations::kMost + i, 1 + i)),
                  Revocations::Added::yes);
    EXPECT_FALSE(revocations.has_room_for(KeyId{1}));
    EXPECT_TRUE(revocations.has_room_for(KeyId{2}));
}

TEST(Revocations, AreAllRestoredWhoeverMadeThem) {
    Revocations revocations;
    for (std::size_t i = 0; i < Revocations::kMost; ++i)
        revocations.restore(numbered(i, 1));
    EXPECT_EQ(revocations.size(), Revocations::kMost);
    revocations.restore(numbered(Revocations::kMost, 2));
    EXPECT_EQ(revocations.size(), Revocations::kMost);
}

}  // namespace
}  // namespace berkeley
