#include "daemon/app/trust_keeper.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/node_keys.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

const TrustPlace kPlace{test::name("lab"), "a-boot"};

class TrustKeeperTest : public testing::Test {
  protected:
    TrustKeeperTest() {
        std::string pattern = testing::TempDir() + "berkeleyd-trust-keeper-XXXXXX";
        folder = mkdtemp(pattern.data());
    }
    ~TrustKeeperTest() override { std::filesystem::remove_all(folder); }

    TrustKeeper::Callbacks callbacks() {
        return {
            [this](std::uint64_t generation, bool good) { saved.emplace_back(generation, good); },
            [this](const std::string& message) { failures.push_back(message); },
            [this] { ++recoveries; }};
    }

    SavedTrust trust() {
        SavedTrust some;
        some.enrolled.emplace("node2", test::certificate_for("node2", "node1", "lab"));
        return some;
    }

    boost::asio::io_context context;
    std::filesystem::path folder;
    std::vector<std::pair<std::uint64_t, bool>> saved;
    std::vector<std::string> failures;
    int recoveries = 0;
};

using Saved = std::vector<std::pair<std::uint64_t, bool>>;

TEST_F(TrustKeeperTest, TellsWhichGenerationIsOnDisk) {
    TrustKeeper keeper(context, folder / "trust.json", kPlace, callbacks());
    keeper.store(7, trust());
    EXPECT_TRUE(keeper.finish());
    EXPECT_EQ(saved, (Saved{{7, true}}));
    EXPECT_EQ(load_trust(folder / "trust.json", kPlace)->enrolled.size(), 1U);
    EXPECT_TRUE(failures.empty());
}

TEST_F(TrustKeeperTest, TellsOfEachFailureAndComplainsOnce) {
    TrustKeeper keeper(context, folder / "later" / "trust.json", kPlace, callbacks());
    for (const std::uint64_t generation : {1U, 2U}) {
        keeper.store(generation, trust());
        EXPECT_FALSE(keeper.finish());
    }
    EXPECT_EQ(saved, (Saved{{1, false}, {2, false}}));
    EXPECT_EQ(failures.size(), 1U);
    std::filesystem::create_directory(folder / "later");
    keeper.store(3, trust());
    EXPECT_TRUE(keeper.finish());
    EXPECT_EQ(saved.back(), (std::pair<std::uint64_t, bool>{3, true}));
    EXPECT_EQ(recoveries, 1);
}

TEST_F(TrustKeeperTest, WithoutAFileNothingIsKeptAndThatIsTold) {
    TrustKeeper keeper(context, std::nullopt, kPlace, callbacks());
    keeper.store(1, trust());
    EXPECT_FALSE(keeper.finish());
    EXPECT_EQ(saved, (Saved{{1, false}}));
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_NE(failures[0].find("state_dir"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
