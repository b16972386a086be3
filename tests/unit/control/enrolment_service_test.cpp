// The calls about who belongs to the cluster.
#include "tests/unit/control/control_calls.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

const std::string kKey = to_text(test::secret_key(test::kMemberSeed).public_key());

class Enrolment : public ControlCalls {};

TEST_F(Enrolment, AnInvitationHasTerms) {
    EXPECT_EQ(reply("Invite"), R"({"token":"berkeleyd-invitation-1:x","expires_s":3600})"
                               " | invite true 3600000000000 by 1000");
    EXPECT_EQ(reply("Invite", {{"votes", false}, {"expires_s", 1}}),
              R"({"token":"berkeleyd-invitation-1:x","expires_s":1})"
              " | invite false 1000000000 by 1000");
    EXPECT_EQ(reply("Invite", {{"candidate", true}}),
              R"({"token":"berkeleyd-invitation-1:x","expires_s":3600})"
              " | invite true 3600000000000 to be a candidate by 1000");
    EXPECT_TRUE(reply("Invite", {{"expires_s", 604'800}}).starts_with("{\"token"));
    EXPECT_TRUE(reply("Invite", {{"votes", nullptr}, {"expires_s", nullptr}}).starts_with("{\"to"));
}

TEST_F(Enrolment, TermsThatThereAreNotInviteNobody) {
    for (const json::value& bad : {json::value(0), json::value(-1), json::value(604'801),
                                   json::value(INT64_MAX), json::value(1.5), json::value("1h")})
        EXPECT_EQ(reply("Invite", {{"expires_s", bad}}),
                  R"(InvalidParameter {"parameter":"expires_s"} |)");
    EXPECT_EQ(reply("Invite", {{"votes", 1}}), R"(InvalidParameter {"parameter":"votes"} |)");
    EXPECT_EQ(reply("Invite", {{"candidate", 1}}),
              R"(InvalidParameter {"parameter":"candidate"} |)");
    EXPECT_EQ(reply("Invite", {{"candidate", true}, {"votes", false}}),
              R"(InvalidParameter {"parameter":"candidate"} |)");
    operations.refusal = "ask on node1";
    EXPECT_EQ(reply("Invite"),
              R"(NotPossible {"reason":"ask on node1"} | invite true 3600000000000 by 1000)");
}

TEST_F(Enrolment, ANodeIsRevokedByItsNameOrItsKey) {
    const std::string done = R"({"node":"node3","key":")" + kKey + "\"} | revoke ";
    EXPECT_EQ(reply("Revoke", {{"node", "node3"}}), done + "node3 by 1000");
    EXPECT_EQ(reply("Revoke", {{"node", nullptr}, {"key", kKey}}), done + kKey + " by 1000");
}

TEST_F(Enrolment, WhoIsNotNamedWellIsNotRevoked) {
    EXPECT_EQ(reply("Revoke"), R"(InvalidParameter {"parameter":"node"} |)");
    for (const json::value& bad : {json::value("a b"), json::value(""), json::value(3)})
        EXPECT_EQ(reply("Revoke", {{"node", bad}}), R"(InvalidParameter {"parameter":"node"} |)");
    EXPECT_EQ(reply("Revoke", {{"node", "node3"}, {"key", kKey}}),
              R"(InvalidParameter {"parameter":"node"} |)");
    for (const json::value& bad :
         {json::value(kKey.substr(1)), json::value("node3"), json::value(3)})
        EXPECT_EQ(reply("Revoke", {{"key", bad}}), R"(InvalidParameter {"parameter":"key"} |)");
}

TEST_F(Enrolment, ACandidateTellsWhomItLetIn) {
    EXPECT_EQ(reply("Invitations"),
              R"({"invitations":[{"id":"00000000000000ab","votes":true,"candidate":true,)"
              R"("expires_s":3600,"used_by":null},)"
              R"({"id":"00000000000000cd","votes":false,"candidate":false,"expires_s":5,)"
              R"("used_by":"node3"}]} |)");
    const std::string nodes = reply("Enrolled");
    EXPECT_TRUE(nodes.starts_with(R"({"nodes":[{"node":"node3","key":")" + kKey +
                                  R"(","votes":true,"revoked":false},{"node":"node4",)"))
        << nodes;
    EXPECT_TRUE(nodes.ends_with(R"("votes":false,"revoked":true}]} |)")) << nodes;
    source.no_candidate = "ask on node1";
    EXPECT_EQ(reply("Invitations"), R"(NotPossible {"reason":"ask on node1"} |)");
    EXPECT_EQ(reply("Enrolled"), R"(NotPossible {"reason":"ask on node1"} |)");
}

}  // namespace
}  // namespace berkeley
