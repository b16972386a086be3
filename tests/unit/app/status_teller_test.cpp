#include "daemon/app/status_teller.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr SteadyTime kNow{1'000'000'000'000};

TEST(StatusTeller, TellsAnotherStateOrMasterAtOnceAndFiguresNowAndThen) {
    std::vector<std::string> told;
    StatusTeller teller([&told](const std::string& sentence) { told.push_back(sentence); });
    NodeStatus status;
    EXPECT_EQ(teller.sentence_for(status, kNow), "Starting as member");
    teller.look(status, kNow + 1h);
    EXPECT_TRUE(told.empty());  // nothing new

    status.state = NodeState::synchronized;
    teller.look(status, kNow + 1h);
    ASSERT_EQ(told.size(), 1U);
    status.master = "node1";
    teller.look(status, kNow + 1h + 1ms);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told.back(), "Synchronized as member of node1");

    status.offset = 3us;
    teller.look(status, kNow + 1h + 4s);
    EXPECT_EQ(told.size(), 2U);
    teller.look(status, kNow + 1h + 6s);
    ASSERT_EQ(told.size(), 3U);
    EXPECT_NE(told.back().find("+3.0 us"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
