#include "daemon/platform/journal.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

TEST(LogLimit, LetsABurstThroughAndThenATrickle) {
    LogLimit limit;
    int passed = 0;
    for (int i = 0; i < 100; ++i)
        passed += limit.ask("a", 1h).pass ? 1 : 0;
    EXPECT_EQ(passed, static_cast<int>(LogLimit::kBurst));
    const LogLimit::Verdict later = limit.ask("a", 1h + LogLimit::kRefill);
    EXPECT_TRUE(later.pass);
    EXPECT_EQ(later.suppressed, 80U);
    EXPECT_FALSE(limit.ask("a", 1h + LogLimit::kRefill).pass);
}

TEST(LogLimit, KindsDoNotHideEachOther) {
    LogLimit limit;
    for (int i = 0; i < 100; ++i)
        limit.ask("a", 1h);
    EXPECT_TRUE(limit.ask("b", 1h).pass);
}

TEST(LogLimit, IsBoundedItself) {
    LogLimit limit;
    int passed = 0;
    for (int i = 0; i < 1000; ++i)
        passed += limit.ask(std::to_string(i), 1h).pass ? 1 : 0;
    EXPECT_EQ(passed, 64);
}

}  // namespace
}  // namespace berkeley
