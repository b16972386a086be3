#include "daemon/app/state_keeper.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace berkeley {
namespace {

constexpr SteadyTime kNow{1'000'000'000'000};

TEST(StateKeeper, StoresTheFirstAtOnceAndThenOnceAMinute) {
    StateKeeper keeper(std::nullopt, {});
    EXPECT_FALSE(keeper.due(kNow));
    keeper.request(false);
    EXPECT_TRUE(keeper.due(kNow));
    EXPECT_EQ(keeper.store({}, kNow), "");
    EXPECT_FALSE(keeper.due(kNow + 2min));  // nothing new to store
    keeper.request(false);
    EXPECT_FALSE(keeper.due(kNow + 59s));
    EXPECT_TRUE(keeper.due(kNow + 60s));
}

TEST(StateKeeper, ComplainsOnceAndGoesOn) {
    std::string pattern = testing::TempDir() + "berkeleyd-keeper-XXXXXX";
    const std::filesystem::path folder = mkdtemp(pattern.data());
    const std::filesystem::path inner = folder / "later";
    StateKeeper keeper(inner / "state.json", {});
    EXPECT_NE(keeper.store({}, kNow), "");
    EXPECT_EQ(keeper.store({}, kNow + 1min), "");
    std::filesystem::create_directory(inner);
    EXPECT_EQ(keeper.store({}, kNow + 2min), "");
    EXPECT_TRUE(std::filesystem::exists(inner / "state.json"));
    std::filesystem::remove_all(inner);
    EXPECT_NE(keeper.store({}, kNow + 3min), "");
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace berkeley
