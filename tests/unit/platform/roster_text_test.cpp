#include "daemon/platform/roster_text.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "daemon/platform/roster_file.hpp"
#include "tests/support/node_keys.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace berkeley {
namespace {

TokenCandidate candidate(std::string_view name) {
    return {NodeName::from(name).value(), "192.0.2.1", 10525, test::public_key(name)};
}

SavedRoster sample() {
    SavedRoster saved;
    saved.chain.founding = {
        .serial = 3, .candidates = {candidate("n1")}, .former = {test::public_key("n0")}};
    const RosterChange change =
        next_change(saved.chain.founding, "lab", RosterStep::promote, candidate("n2"));
    saved.chain.changes.push_back({change, {{0, sign(change, *test::node_key("n1"), "lab")}}});
    const Roster two = rosters_of(saved.chain, "lab")->back();
    saved.signed_change = next_change(two, "lab", RosterStep::retire, candidate("n2"));
    saved.signed_in = 7;
    return saved;
}

TEST(RosterText, ComesBackWhole) {
    const SavedRoster saved = sample();
    EXPECT_EQ(parse_roster(format_roster(saved)), saved);
    SavedRoster bare = saved;
    bare.chain.changes.clear();
    bare.chain.founding.former.clear();
    bare.signed_change.reset();
    bare.signed_in = 0;
    EXPECT_EQ(parse_roster(format_roster(bare)), bare);
}

TEST(RosterText, IsAllOrNothing) {
    const std::string text = format_roster(sample());
    for (std::size_t size = 0; size + 2 < text.size(); size += 7)
        EXPECT_FALSE(parse_roster(text.substr(0, size)).has_value()) << size;
    const auto without = [&text](std::string_view part, std::string_view other) {
        std::string changed = text;
        const auto at = changed.find(part);
        EXPECT_NE(at, std::string::npos) << part;
        changed.replace(at, part.size(), other);
        const auto parsed = parse_roster(changed);
        EXPECT_FALSE(parsed.has_value()) << other;
        return parsed ? "" : parsed.error();
    };
    EXPECT_NE(without("\"version\":1", "\"version\":2").find("version"), std::string::npos);
    without("\"serial\":3", "\"serial\":65536");
    without("\"serial\":3", "\"serial\":-1");
    without("\"signed\"", "\"sign\"");
    without("\"signed_in\":7", "\"signed_in\":-7");
    without("\"founding\"", "\"found\"");
    without("\"port\":10525", "\"port\":\"x\"");
    without("\"name\":\"n1\"", "\"name\":\"n 1\"");
    without("berkeleyd-roster-change-1:A", "berkeleyd-roster-change-1:B");
    EXPECT_FALSE(parse_roster(std::string(kMaxRosterSize + 1, ' ')).has_value());
    EXPECT_FALSE(parse_roster("[]").has_value());
}

TEST(RosterFile, IsEmptyWhereThereIsNone) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(load_roster(folder / "roster.json"), SavedRoster{});
    ASSERT_TRUE(store_roster(folder / "roster.json", sample()).has_value());
    EXPECT_EQ(load_roster(folder / "roster.json"), sample());
    std::ofstream(folder / "roster.json") << "{}";
    EXPECT_NE(load_roster(folder / "roster.json").error().message.find("neither votes nor leads"),
              std::string::npos);
    EXPECT_FALSE(store_roster(folder / "nowhere" / "roster.json", sample()).has_value());
}

}  // namespace
}  // namespace berkeley
