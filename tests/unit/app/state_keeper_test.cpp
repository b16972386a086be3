#include "daemon/app/state_keeper.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace berkeley {
namespace {

constexpr SteadyTime kNow{1'000'000'000'000};

class StateKeeperTest : public testing::Test {
  protected:
    StateKeeperTest() {
        std::string pattern = testing::TempDir() + "berkeleyd-keeper-XXXXXX";
        folder = mkdtemp(pattern.data());
    }
    ~StateKeeperTest() override { std::filesystem::remove_all(folder); }

    StateKeeper::Callbacks callbacks() {
        return {[this](const std::string& message) { failures.push_back(message); },
                [this] { ++recoveries; },
                [this](const StateKeeper::Kept& each, bool good) {
                    votes.emplace_back(each.vote, good);
                    kept.push_back(each);
                }};
    }

    boost::asio::io_context context;
    std::filesystem::path folder;
    std::vector<std::string> failures;
    int recoveries = 0;
    std::vector<StateKeeper::Kept> kept;
    std::vector<std::pair<Term, bool>> votes;  // told of, and whether they are on disk
};

SavedState voted(Term term) {
    SavedState state;
    state.election = {term, NodeId{7}, 3500ms};
    return state;
}

TEST_F(StateKeeperTest, TellsOfAVoteOnceItIsOnDisk) {
    StateKeeper keeper(context, folder / "state.json", {}, callbacks());
    keeper.store({}, kNow);
    keeper.finish();
    EXPECT_TRUE(votes.empty());
    keeper.request(true);
    EXPECT_TRUE(keeper.urgent());
    keeper.store(voted(5), kNow);
    EXPECT_FALSE(keeper.urgent());
    keeper.finish();
    EXPECT_EQ(votes, (std::vector<std::pair<Term, bool>>{{5, true}}));
}

TEST_F(StateKeeperTest, TellsWhichMoveIsOnDisk) {
    StateKeeper keeper(context, folder / "state.json", {}, callbacks());
    for (const std::uint64_t epoch : {2U, 3U}) {
        SavedState state;
        state.move = Move{{7, epoch}, ClusterTime{5}, 1s, MoveWay::step, false};
        keeper.store(state, kNow);
        EXPECT_TRUE(keeper.finish());
        ASSERT_FALSE(kept.empty());
        EXPECT_EQ(kept.back(), (StateKeeper::Kept{0, {7, epoch}}));
    }
    StateKeeper nowhere(context, std::nullopt, {}, callbacks());
    SavedState state;
    state.move = Move{{8, 4}, ClusterTime{5}, 1s, MoveWay::step, false};
    nowhere.store(state, kNow);
    nowhere.finish();
    EXPECT_EQ(kept.back(), (StateKeeper::Kept{0, {8, 4}}));
    EXPECT_FALSE(votes.back().second) << "there is no disk";
}

TEST_F(StateKeeperTest, TellsOfAVoteThatCannotBeKept) {
    StateKeeper nowhere(context, std::nullopt, {}, callbacks());
    nowhere.store(voted(5), kNow);
    nowhere.finish();
    StateKeeper no_folder(context, folder / "none" / "state.json", {}, callbacks());
    no_folder.store(voted(6), kNow);
    no_folder.finish();
    EXPECT_EQ(votes, (std::vector<std::pair<Term, bool>>{{5, false}, {6, false}}));
    EXPECT_EQ(failures.size(), 2U);
}

TEST_F(StateKeeperTest, StoresTheFirstAtOnceAndThenOnceAMinute) {
    StateKeeper keeper(context, std::nullopt, {}, callbacks());
    EXPECT_FALSE(keeper.due(kNow));
    keeper.request(false);
    EXPECT_TRUE(keeper.due(kNow));
    keeper.store({}, kNow);
    EXPECT_FALSE(keeper.due(kNow + 2min));  // nothing new to store
    keeper.request(false);
    EXPECT_FALSE(keeper.due(kNow + 59s));
    EXPECT_TRUE(keeper.due(kNow + 60s));
    keeper.finish();
    EXPECT_TRUE(failures.empty());
}

TEST_F(StateKeeperTest, ComplainsOnceGoesOnAndTellsWhenItWorksAgain) {
    const std::filesystem::path inner = folder / "later";
    StateKeeper keeper(context, inner / "state.json", {}, callbacks());
    const auto store = [&keeper](SteadyTime at) {
        keeper.store({}, at);
        keeper.finish();
    };
    store(kNow);
    store(kNow + 1min);
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_NE(failures[0].find("cannot save state"), std::string::npos) << failures[0];
    EXPECT_EQ(recoveries, 0);
    std::filesystem::create_directory(inner);
    store(kNow + 2min);
    EXPECT_TRUE(std::filesystem::exists(inner / "state.json"));
    EXPECT_EQ(recoveries, 1);
    std::filesystem::remove_all(inner);
    store(kNow + 3min);
    EXPECT_EQ(failures.size(), 2U);
}

}  // namespace
}  // namespace berkeley
