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
                [this] { ++recoveries; }};
    }

    boost::asio::io_context context;
    std::filesystem::path folder;
    std::vector<std::string> failures;
    int recoveries = 0;
};

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
