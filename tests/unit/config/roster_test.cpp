#include "daemon/config/roster.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley {
namespace {

using Names = std::vector<std::string>;

std::string text_of(const Names& candidates, const std::string& more) {
    std::string list;
    std::string keys;
    for (const std::string& name : candidates) {
        list += fmt::format("\"{}=192.0.2.{}\",", name, name.substr(1));
        keys += fmt::format("{} = \"{}\"\n", name, to_text(test::public_key(name)));
    }
    return fmt::format("name = \"n1\"\ncluster = \"lab\"\ncandidates = [{}]\n{}\n[keys]\n{}", list,
                       more, keys);
}

Config config_of(const Names& candidates, const std::string& more = "") {
    const auto config = parse_config(text_of(candidates, more), "test.toml", {});
    if (!config)
        throw std::runtime_error(to_string(config.error().front()));
    return *config;
}

Names names(const Roster& roster) {
    Names all;
    for (const TokenCandidate& each : roster.candidates)
        all.emplace_back(each.name.view());
    return all;
}

SignedChange step(const Roster& roster, RosterStep step, const std::string& name,
                  const Names& signers) {
    const TokenCandidate node{NodeName::from(name).value(), "n.example", 525,
                              test::public_key(name)};
    SignedChange made{next_change(roster, "lab", step, node), {}};
    for (const std::string& signer : signers)
        made.signatures.push_back(
            {static_cast<std::uint8_t>(*roster.rank_of(test::public_key(signer))),
             sign(made.change, *test::node_key(signer), "lab")});
    return made;
}

// n4 was promoted, then n1 retired.
SavedRoster kept() {
    SavedRoster saved{{config_of({"n1", "n2", "n3"}).configured, {}}, std::nullopt};
    saved.chain.changes.push_back(
        step(saved.chain.founding, RosterStep::promote, "n4", {"n1", "n2"}));
    const Roster four = rosters_of(saved.chain, "lab")->back();
    saved.chain.changes.push_back(step(four, RosterStep::retire, "n1", {"n2", "n3", "n4"}));
    return saved;
}

TEST(ConfiguredRoster, IsTheFirstUnlessItSaysOtherwise) {
    const Config first = config_of({"n1", "n2"});
    EXPECT_EQ(first.configured.serial, 0);
    EXPECT_EQ(names(first.configured), (Names{"n1", "n2"}));
    EXPECT_EQ(first.configured.candidates[1].host, "192.0.2.2");
    const Config later = config_of(
        {"n2"}, fmt::format("roster = 7\nformer_keys = [\"{}\"]", to_text(test::public_key("n1"))));
    EXPECT_EQ(later.configured.serial, 7);
    EXPECT_EQ(later.node.roster, 7);
    EXPECT_EQ(later.configured.former, std::vector{test::public_key("n1")});
}

TEST(ConfiguredRoster, SaysWhatIsWrong) {
    for (const auto& [more, wrong] : std::vector<std::pair<std::string, std::string>>{
             {"roster = -1", "roster"},
             {"roster = 65536", "roster"},
             {"roster = \"1\"", "roster"},
             {"former_keys = [\"n1\"]", "former_keys"},
             {"former_keys = \"n1\"", "former_keys"}}) {
        const auto config = parse_config(text_of({"n1"}, more), "test.toml", {});
        ASSERT_FALSE(config.has_value()) << more;
        EXPECT_NE(config.error().front().message.find(wrong), std::string::npos)
            << config.error().front().message;
    }
}

TEST(HeldRoster, IsTheConfiguredOneWhereNothingWasKept) {
    const auto held = held_roster(config_of({"n1", "n2"}), {});
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(names(held->roster), (Names{"n1", "n2"}));
    EXPECT_EQ(held->note, "");
}

TEST(HeldRoster, IsTheLatestOfTheChanges) {
    Config config = config_of({"n1", "n2", "n3"});
    const auto held = held_roster(config, kept());
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(names(held->roster), (Names{"n2", "n3", "n4"}));
    EXPECT_EQ(held->roster.serial, 2);
    EXPECT_EQ(held->note,
              "the configuration has n1, n2, n3 (roster 0); by 'berkeleyctl promote' and 'retire' "
              "the candidates are n2, n3, n4 (roster 2) now: these hold");
    take_roster(config, held->roster);
    EXPECT_EQ(config.node.roster, 2);
    EXPECT_EQ(config.node.candidates.size(), 3U);
    EXPECT_EQ(config.candidate_keys[2], test::public_key("n4"));
    EXPECT_EQ(config.candidates[0].host, "192.0.2.2") << "as the configuration has it";
    EXPECT_EQ(config.candidates[2].host, "n.example");
    EXPECT_EQ(config.node.former_keys, std::vector{test::public_key("n1")});
    EXPECT_EQ(names(config.configured), (Names{"n1", "n2", "n3"}));
}

TEST(HeldRoster, AgreesWithAConfigurationThatWasBroughtUpToDate) {
    const auto held = held_roster(config_of({"n2", "n3", "n4"}, "roster = 2"), kept());
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(held->note, "");
    EXPECT_EQ(held->roster.serial, 2);
}

TEST(HeldRoster, YieldsToALaterOneByHand) {
    const auto held = held_roster(config_of({"n2", "n9"}, "roster = 3"), kept());
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(names(held->roster), (Names{"n2", "n9"}));
    EXPECT_TRUE(held->saved.chain.changes.empty());
    EXPECT_NE(held->note.find("that of the configuration holds"), std::string::npos);
}

TEST(HeldRoster, HoldsAgainstOtherCandidatesOfNoLaterSerial) {
    for (const char* serial : {"", "roster = 2"}) {
        const auto held = held_roster(config_of({"n2", "n9"}, serial), kept());
        ASSERT_TRUE(held.has_value());
        EXPECT_EQ(names(held->roster), (Names{"n2", "n3", "n4"}));
        EXPECT_NE(held->note.find("write roster = 3"), std::string::npos) << held->note;
    }
}

TEST(HeldRoster, OfAnotherBeginningIsToldFromOneThatIsSpoilt) {
    // n7 has begun anew; what is kept is of n1 and others.
    for (const char* cluster : {"lab", "yard"}) {
        Config anew = config_of({"n7"});
        anew.node.cluster = cluster;
        EXPECT_TRUE(has_other_origin(anew, kept()));
        const auto held = held_roster(anew, kept());
        ASSERT_FALSE(held.has_value());
        EXPECT_TRUE(held.error().other_origin);
        SavedRoster unchanged = kept();
        unchanged.chain.changes.clear();
        EXPECT_TRUE(held_roster(anew, unchanged).error().other_origin);
    }
    EXPECT_FALSE(has_other_origin(config_of({"n7"}), {}));
    EXPECT_FALSE(has_other_origin(config_of({"n4"}), kept())) << "it was promoted";
    const Config former =
        config_of({"n7"}, fmt::format("former_keys = [\"{}\"]", to_text(test::public_key("n1"))));
    EXPECT_FALSE(has_other_origin(former, kept()));
}

TEST(HeldRoster, IsNotBelievedWithoutItsSignatures) {
    SavedRoster forged = kept();
    forged.chain.changes[1].signatures.pop_back();
    EXPECT_EQ(held_roster(config_of({"n1", "n2", "n3"}), forged).error().why,
              "no majority of the candidates has signed it");
}

}  // namespace
}  // namespace berkeley
