// The calls about who the candidates are.
#include "tests/unit/control/control_calls.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

class RosterCalls : public ControlCalls {};

TEST_F(RosterCalls, TellWhoTheCandidatesAre) {
    const PublicKey key = test::secret_key(test::kMemberSeed).public_key();
    source.roster.serial = 4;
    source.roster.candidates = {{"n1", "192.0.2.1:10525", key, RosterSerial{4}},
                                {"n2", "[2001:db8::2]:525", key, std::nullopt}};
    const std::string text = to_text(key);
    EXPECT_EQ(reply("Candidates", {}, false),
              R"({"candidates":{"serial":4,"in_force":true,"nodes":[{"node":"n1",)"
              R"("address":"192.0.2.1:10525","key":")" +
                  text + R"(","holds":4},{"node":"n2","address":"[2001:db8::2]:525","key":")" +
                  text + R"(","holds":null}],"proposed":null,"awaited":[],"outcome":null,)" +
                  R"("note":null}} |)");
    source.roster.candidates.clear();
    source.roster.proposed = {"the promotion of n3", 1, 2, {"n2 has not answered"}};
    source.roster.awaited = {"n4 is to be a candidate: it waits"};
    source.roster.outcome = "no";
    source.roster.note = "others";
    EXPECT_EQ(reply("Candidates"),
              R"({"candidates":{"serial":4,"in_force":true,"nodes":[],)"
              R"("proposed":{"what":"the promotion of n3","signatures":1,"needed":2,)"
              R"("waits_for":["n2 has not answered"]},)"
              R"("awaited":["n4 is to be a candidate: it waits"],"outcome":"no",)"
              R"("note":"others"}} |)");
}

TEST_F(RosterCalls, PromoteAtAnAddressOrWhereItIs) {
    EXPECT_EQ(reply("Promote", {{"node", "n4"}}), R"({"serial":3} | promote n4 '' 0 by 1000)");
    EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"host", "a.example"}, {"port", 525}}),
              R"({"serial":3} | promote n4 'a.example' 525 by 1000)");
    operations.refusal = "ask on n1";
    EXPECT_EQ(reply("Promote", {{"node", "n4"}}),
              R"(NotPossible {"reason":"ask on n1"} | promote n4 '' 0 by 1000)");
}

TEST_F(RosterCalls, PromoteNothingThatIsNone) {
    const std::string node = R"(InvalidParameter {"parameter":"node"} |)";
    EXPECT_EQ(reply("Promote"), node);
    EXPECT_EQ(reply("Promote", {{"node", "n 4"}}), node);
    EXPECT_EQ(reply("Promote", {{"node", 4}}), node);
    const std::string port = R"(InvalidParameter {"parameter":"port"} |)";
    EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"host", "a"}}), port);
    EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"port", 525}}), port);
    for (const json::value& bad :
         {json::value(0), json::value(65'536), json::value("525"), json::value(1.5)}) {
        EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"host", "a"}, {"port", bad}}), port);
        EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"port", bad}}), port);
    }
    const std::string host = R"(InvalidParameter {"parameter":"host"} |)";
    EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"host", ""}, {"port", 525}}), host);
    EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"host", 1}, {"port", 525}}), host);
    EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"host", std::string(254, 'a')}, {"port", 525}}),
              host);
    EXPECT_EQ(reply("Promote", {{"node", "n4"}, {"key", "k"}}),
              R"(InvalidParameter {"parameter":"key"} |)");
}

TEST_F(RosterCalls, Retire) {
    EXPECT_EQ(reply("Retire", {{"node", "n1"}}), R"({"serial":3} | retire n1 false false by 1000)");
    EXPECT_EQ(reply("Retire", {{"node", "n1"}, {"distrust", true}, {"force", true}}),
              R"({"serial":3} | retire n1 true true by 1000)");
    EXPECT_EQ(reply("Retire", {{"node", "n1"}, {"distrust", 1}}),
              R"(InvalidParameter {"parameter":"distrust"} |)");
    EXPECT_EQ(reply("Retire", {{"node", "n1"}, {"force", "yes"}}),
              R"(InvalidParameter {"parameter":"force"} |)");
}

TEST_F(RosterCalls, ChangesAreNotForEverybody) {
    EXPECT_EQ(reply("Promote", {{"node", "n4"}}, false),
              "PermissionDenied {} | refused Promote by 1000");
    EXPECT_EQ(reply("Retire", {{"node", "n4"}}, false),
              "PermissionDenied {} | refused Retire by 1000");
}

}  // namespace
}  // namespace berkeley
