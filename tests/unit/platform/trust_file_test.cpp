#include "daemon/platform/trust_file.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/node_keys.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

const TrustPlace kHere{test::name("lab"), "0f1e2d3c-0000-4000-8000-000000000001"};
const TrustPlace kNextBoot{test::name("lab"), "0f1e2d3c-0000-4000-8000-000000000002"};

Certificate certificate(std::string_view name) {
    return test::certificate_for(name, "node1", "lab");
}

SavedTrust full_trust() {
    SavedTrust trust;
    trust.invitations = {
        {InvitationId{0xfedcba9876543210}, true, SteadyTime{7'200'000'000'001}, std::nullopt},
        {InvitationId{3}, false, SteadyTime{7'300'000'000'000},
         Enrolled{test::name("node2"), certificate("node2")}},
        {InvitationId{4}, true, SteadyTime{7'400'000'000'000}, std::nullopt, true},
    };
    trust.aspirants = {test::name("node3"), test::name("node2")};
    trust.enrolled.emplace("node2", certificate("node2"));
    trust.enrolled.emplace("node3", certificate("node3"));
    trust.revocations.add(
        revoke(*test::node_key("node1"), "lab", test::name("node9"), test::public_key("node9")));
    return trust;
}

TEST(TrustText, KeepsEverythingWithinABoot) {
    const SavedTrust trust = full_trust();
    const auto again = parse_trust(format_trust(trust, kHere), kHere);
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->invitations, trust.invitations);
    EXPECT_EQ(again->enrolled, trust.enrolled);
    EXPECT_EQ(again->aspirants, trust.aspirants);
    ASSERT_EQ(again->revocations.size(), 1U);
    EXPECT_EQ(*again->revocations.find(test::public_key("node9")),
              *trust.revocations.find(test::public_key("node9")));
    EXPECT_TRUE(parse_trust(format_trust({}, kHere), kHere)->enrolled.empty());
}

TEST(TrustText, InvitationsEndWithTheBootAndTheRestDoesNot) {
    const std::string text = format_trust(full_trust(), kHere);
    const auto next = parse_trust(text, kNextBoot);
    ASSERT_TRUE(next) << next.error();
    EXPECT_TRUE(next->invitations.empty());
    EXPECT_EQ(next->enrolled.size(), 2U);
    EXPECT_EQ(next->aspirants, full_trust().aspirants);
    EXPECT_EQ(next->revocations.size(), 1U);
    // A boot that is not known is no boot.
    const TrustPlace nowhen{kHere.cluster, ""};
    EXPECT_TRUE(parse_trust(format_trust(full_trust(), nowhen), nowhen)->invitations.empty());
}

TEST(TrustText, AnythingWrongInItIsAnError) {
    const std::string good = format_trust(full_trust(), kHere);
    const auto with = [&good](std::string_view from, std::string_view to) {
        std::string text = good;
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        return text;
    };
    for (const std::string& text :
         {std::string(), std::string("[]"), std::string("{}"), good.substr(0, good.size() / 2),
          with("\"version\":1", "\"version\":2"), with("\"revocations\"", "\"revocationz\""),
          with("berkeleyd-revocation-1:", "berkeleyd-revocation-1:A"),
          with("berkeleyd-certificate-1:", "berkeleyd-certificate-2:"),
          with("\"aspirants\":[\"node3\"", "\"aspirants\":[\"node8\""),
          with("\"aspirants\":[\"node3\"", "\"aspirants\":[\"node2\""),
          with("\"candidate\":true", "\"candidate\":1"), with("\"votes\":true", "\"votes\":1"),
          with("7200000000001", "\"soon\""), with("\"id\":3", "\"id\":-3"),
          with("\"id\":3", "\"id\":3.5"),
          with("[\"berkeleyd-revocation", "[7,\"berkeleyd-revocation")}) {
        const auto parsed = parse_trust(text, kHere);
        EXPECT_FALSE(parsed.has_value()) << text.substr(0, 300);
    }
    const auto foreign = parse_trust(good, {test::name("yard"), kHere.boot_id});
    ASSERT_FALSE(foreign.has_value());
    EXPECT_NE(foreign.error().find("another cluster, lab"), std::string::npos) << foreign.error();
}

class TrustFileTest : public testing::Test {
  protected:
    TrustFileTest() {
        std::string pattern = testing::TempDir() + "berkeleyd-trust-XXXXXX";
        folder = mkdtemp(pattern.data());
        file = folder / "trust.json";
    }
    ~TrustFileTest() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
    std::filesystem::path file;
};

TEST_F(TrustFileTest, ComesBackAndIsForItsOwnerAlone) {
    const auto none = load_trust(file, kHere);
    ASSERT_TRUE(none) << none.error();
    EXPECT_TRUE(none->enrolled.empty());
    std::ofstream(file.string() + ".new") << "what a crash left";
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(store_trust(file, full_trust(), kHere));
    struct stat entry{};
    ASSERT_EQ(stat(file.c_str(), &entry), 0);
    EXPECT_EQ(entry.st_mode & 07777, 0600U);
    EXPECT_FALSE(std::filesystem::exists(file.string() + ".new"));
    EXPECT_EQ(load_trust(file, kHere)->invitations, full_trust().invitations);
}

TEST_F(TrustFileTest, WhatCannotBeReadIsNeverTakenForNothing) {
    std::ofstream(file) << "{";
    const auto broken = load_trust(file, kHere);
    ASSERT_FALSE(broken.has_value());
    EXPECT_NE(broken.error().find("nobody is let in"), std::string::npos) << broken.error();
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    EXPECT_FALSE(load_trust(file, kHere).has_value());
    const auto stored = store_trust(folder / "no" / "trust.json", full_trust(), kHere);
    ASSERT_FALSE(stored.has_value());
    EXPECT_NE(stored.error().find("cannot save who was enrolled"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
