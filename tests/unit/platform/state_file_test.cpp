#include "daemon/platform/state_file.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

const RawClockIdentity kHere{"0f1e2d3c-0000-4000-8000-000000000001", "tsc"};
const RawClockIdentity kNextBoot{"0f1e2d3c-0000-4000-8000-000000000002", "tsc"};

SavedState full_state() {
    SavedState state;
    state.term = (std::uint64_t{1} << 62) - 1;
    state.epoch = 7;
    state.floor = SystemTime{1'700'000'000'123'456'789};
    state.rate = -12.345678901234567e-6;
    BoundedLine line;
    line.line = {RawTime{987'654'321'012'345'678}, ClusterTime{1'700'000'001'000'000'001}, 1.5e-5};
    line.bound = 250us;
    line.bound_growth = 5e-5;
    line.sigma = 3us;
    state.line = line;
    state.suspended = 42s;
    state.oscillator = 0xfedcba9876543210;
    state.roster = {"node1", "node-2.rack_b"};
    state.calendar = {-1, true, LeapSecond{ClusterTime{1'798'761'600'000'000'000}, true}, 37};
    state.election = {77, NodeId{UINT64_MAX - 5}, 3500ms};
    state.move = Move{{5, 8}, ClusterTime{1'700'000'100'000'000'001}, -90s, MoveWay::step, true};
    return state;
}

TEST(StateText, KeepsEverythingWithinABoot) {
    const SavedState state = full_state();
    const auto again = parse_state(format_state(state, kHere), kHere);
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->term, state.term);
    EXPECT_EQ(again->epoch, state.epoch);
    EXPECT_EQ(again->floor, state.floor);
    EXPECT_DOUBLE_EQ(*again->rate, *state.rate);
    EXPECT_EQ(again->line->line.anchor, state.line->line.anchor);
    EXPECT_EQ(again->line->line.cluster_at_anchor, state.line->line.cluster_at_anchor);
    EXPECT_DOUBLE_EQ(again->line->line.rate, state.line->line.rate);
    EXPECT_EQ(again->line->bound, state.line->bound);
    EXPECT_DOUBLE_EQ(again->line->bound_growth, state.line->bound_growth);
    EXPECT_EQ(again->line->sigma, state.line->sigma);
    EXPECT_EQ(again->suspended, state.suspended);
    EXPECT_EQ(again->oscillator, state.oscillator);
    EXPECT_EQ(again->roster, state.roster);
    EXPECT_EQ(again->election, state.election);
    EXPECT_EQ(again->move, state.move);
    EXPECT_EQ(again->calendar, state.calendar);
}

TEST(StateText, ACalendarThatIsNoneIsRefused) {
    const std::string good = format_state(full_state(), kHere);
    for (const auto& [what, instead] : std::vector<std::pair<std::string, std::string>>{
             {"\"tai_s\":37", "\"tai_s\":-1"},
             {"\"leaps\":-1", "\"leaps\":300"},
             {"\"leap_inserted\":true", "\"leap_inserted\":7"}}) {
        std::string bad = good;
        ASSERT_NE(bad.find(what), std::string::npos) << what;
        bad.replace(bad.find(what), what.size(), instead);
        EXPECT_FALSE(parse_state(bad, kHere)) << instead;
    }
}

TEST(StateText, AVoteOutlivesABoot) {
    const auto next = parse_state(format_state(full_state(), kHere), kNextBoot);
    ASSERT_TRUE(next) << next.error();
    EXPECT_EQ(next->election, full_state().election);
    EXPECT_EQ(next->move, full_state().move);
}

TEST(StateText, TheVersionWithoutElectionsIsRead) {
    SavedState old;
    old.term = 3;
    std::string text = format_state(old, kHere);
    const std::string version = "\"version\":2";
    ASSERT_NE(text.find(version), std::string::npos);
    text.replace(text.find(version), version.size(), "\"version\":1");
    const auto state = parse_state(text, kHere);
    ASSERT_TRUE(state) << state.error();
    EXPECT_EQ(state->term, 3U);
    EXPECT_EQ(state->election, ElectionMemory{});
}

TEST(StateText, AnotherBootHasAnotherRawClock) {
    const std::string text = format_state(full_state(), kHere);
    const auto next = parse_state(text, kNextBoot);
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->line);
    EXPECT_FALSE(next->rate);  // a TSC is calibrated anew
    EXPECT_EQ(next->floor, full_state().floor);
    EXPECT_FALSE(parse_state(text, {kHere.boot_id, "hpet"})->line);
    EXPECT_FALSE(parse_state(text, {"", "tsc"})->line);
    const std::string arm = format_state(full_state(), {kHere.boot_id, "arch_sys_counter"});
    const auto arm_next = parse_state(arm, {kNextBoot.boot_id, "arch_sys_counter"});
    EXPECT_TRUE(arm_next->rate);
    EXPECT_FALSE(arm_next->line);
}

TEST(StateText, AnEmptyStateIsOne) {
    const auto again = parse_state(format_state({}, kHere), kHere);
    ASSERT_TRUE(again) << again.error();
    EXPECT_FALSE(again->line || again->rate);
    EXPECT_TRUE(again->roster.empty());
}

std::string complaint(std::string text) {
    const auto state = parse_state(text, kHere);
    return state ? "" : state.error();
}

TEST(StateText, RefusesWhatMakesNoSense) {
    const std::string good = format_state(full_state(), kHere);
    const auto with = [&good](const std::string& from, const std::string& to) {
        std::string text = good;
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return text.replace(at, from.size(), to);
    };
    EXPECT_EQ(complaint(good), "");
    EXPECT_NE(complaint(""), "");
    EXPECT_NE(complaint("[]"), "");
    EXPECT_NE(complaint("{}"), "");
    EXPECT_NE(complaint(std::string(kMaxStateSize + 1, ' ')), "");
    EXPECT_NE(complaint(std::string(10'000, '[')), "");
    EXPECT_NE(complaint(good.substr(0, good.size() / 2)), "");
    EXPECT_NE(complaint(with("\"version\":2", "\"version\":3")), "");
    EXPECT_NE(complaint(with("\"version\":2", "\"version\":0")), "");
    EXPECT_NE(complaint(with("\"term\":77", "\"term\":-77")), "");
    EXPECT_NE(complaint(with("\"promise_ns\":3500000000", "\"promise_ns\":-1")), "");
    EXPECT_NE(complaint(with("\"step\":true", "\"step\":1")), "");
    EXPECT_NE(complaint(with("\"by_ns\":-90000000000", "\"by_ns\":-9223372036854775808")), "");
    EXPECT_NE(complaint(with("\"epoch\":7", "\"epoch\":-7")), "");
    EXPECT_NE(complaint(with("\"epoch\":7", "\"epoch\":7.5")), "");
    EXPECT_NE(complaint(with("\"epoch\":7", "\"epoch\":\"7\"")), "");
    EXPECT_NE(complaint(with("\"epoch\":7", "\"epoch\":18446744073709551615")), "");
    EXPECT_NE(complaint(with("\"bound_ns\":250000", "\"bound_ns\":-1")), "");
    EXPECT_NE(complaint(with("\"node1\"", "\"no de\"")), "");
    EXPECT_NE(complaint(with("\"node1\"", "1")), "");
    EXPECT_NE(complaint(with("1700000000123456789", "9e99")), "");
}

class StateFileTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "berkeleyd-state-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        file_ = folder_ / "state.json";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path folder_;
    std::filesystem::path file_;
};

TEST_F(StateFileTest, IsEmptyAtFirst) {
    const auto state = load_state(file_, kHere);
    ASSERT_TRUE(state);
    EXPECT_FALSE(state->line);
}

TEST_F(StateFileTest, ReplacesTheOldWhole) {
    ASSERT_TRUE(store_state(file_, {}, kHere));
    ASSERT_TRUE(store_state(file_, full_state(), kHere));
    const auto state = load_state(file_, kHere);
    ASSERT_TRUE(state) << state.error();
    EXPECT_EQ(state->roster, full_state().roster);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(StateFileTest, DamageIsToldAndNotFatal) {
    std::ofstream(file_) << "{\"version\":1,";
    const auto damaged = load_state(file_, kHere);
    ASSERT_FALSE(damaged);
    EXPECT_NE(damaged.error().find("starting without it"), std::string::npos);
    std::filesystem::remove(file_);
    std::filesystem::create_directory(file_);
    EXPECT_FALSE(load_state(file_, kHere));
    const auto stored = store_state(file_, {}, kHere);
    ASSERT_FALSE(stored);
    EXPECT_NE(stored.error().find("cannot save state"), std::string::npos);
    EXPECT_FALSE(store_state(folder_ / "none" / "state.json", {}, kHere));
}

}  // namespace
}  // namespace berkeley
