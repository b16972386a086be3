#include "daemon/files/identity.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

using test::secret_key;

constexpr std::uint8_t kCandidate = test::kCandidateSeed;
constexpr std::uint8_t kMember = test::kMemberSeed;

class IdentityFiles : public testing::Test {
  protected:
    IdentityFiles() {
        std::string name = "/tmp/berkeleyd-identity-XXXXXX";
        folder = mkdtemp(name.data());
        config.node.name = "node3";
        config.node.cluster = "lab";
        config.node.candidates = {{"node1", {}}};
        config.candidates = {{"node1", "192.0.2.1", 10525}};
        config.candidate_keys = {secret_key(kCandidate).public_key()};
        config.key_file = folder / "node.key";
        config.certificate_file = folder / "node.cert";
        keep_key(kMember);
    }
    ~IdentityFiles() override { std::filesystem::remove_all(folder); }

    void keep_key(std::uint8_t seed) const {
        std::ofstream(config.key_file) << secret_text(secret_key(seed)).view();
        chmod(config.key_file.c_str(), 0600);
    }

    void keep_certificate(std::string_view cluster, std::string_view name,
                          std::uint8_t key = kMember, std::uint8_t issuer = kCandidate) const {
        const NamedCertificate named{
            test::name(cluster), test::name(name),
            certify(secret_key(issuer), cluster, name, secret_key(key).public_key(), true, 7)};
        std::ofstream(config.certificate_file) << to_text(named);
    }

    bool told(std::string_view words) const {
        const auto identity = read_identity(config);
        return !identity && identity.error().message.find(words) != std::string::npos;
    }

    std::filesystem::path folder;
    Config config;
};

TEST_F(IdentityFiles, OfAMemberAreKeyAndCertificate) {
    keep_certificate("lab", "node3");
    const auto identity = read_identity(config);
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->key.public_key(), secret_key(kMember).public_key());
    ASSERT_TRUE(identity->certificate);
    EXPECT_EQ(identity->certificate->serial, 7U);
}

TEST_F(IdentityFiles, ACertificateFitsTheConfiguration) {
    EXPECT_TRUE(told("there is no certificate file"));
    keep_certificate("yard", "node3");
    EXPECT_TRUE(told("is for the cluster yard, not for lab"));
    keep_certificate("lab", "node4");
    EXPECT_TRUE(told("is for the name node4, not for node3"));
    keep_certificate("lab", "node3", kMember + 1);
    EXPECT_TRUE(told("is for another key than the one in"));
    keep_certificate("lab", "node3", kMember, kCandidate + 1);
    EXPECT_TRUE(told(to_text(SignatureError::unknown_issuer)));
}

TEST_F(IdentityFiles, ByAHeldRosterTheStateIsNamed) {
    config.node.name = "node1";
    config.node.roster = 2;
    config.state_dir = "/state";
    EXPECT_TRUE(told("and by roster 2, which this node holds in /state, that of node1 is " +
                     fingerprint(secret_key(kCandidate).public_key())));
    EXPECT_TRUE(told("if the cluster was begun anew since, move /state away"));
    config.configured.candidates = {
        {test::name("node1"), "192.0.2.1", 10525, secret_key(kCandidate).public_key()}};
    EXPECT_TRUE(told("[keys] has "));
}

TEST_F(IdentityFiles, AKeyIsOneNodesAlone) {
    keep_key(kCandidate);
    keep_certificate("lab", "node3", kCandidate);
    EXPECT_TRUE(told("is that of node1: every node needs one of its own"));
}

TEST_F(IdentityFiles, ACandidateNeedsNoCertificateButThePinnedKey) {
    config.node.name = "node1";
    EXPECT_TRUE(told("[keys] has " + fingerprint(secret_key(kCandidate).public_key())));
    keep_key(kCandidate);
    const auto identity = read_identity(config);
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_FALSE(identity->certificate);
}

}  // namespace
}  // namespace berkeley
