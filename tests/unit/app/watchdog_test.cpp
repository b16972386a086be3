#include "daemon/app/watchdog.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

using std::chrono::milliseconds;

struct WatchdogTest : testing::Test {
    Watchdog watchdog(std::optional<Duration> interval) {
        return Watchdog(context, interval, [this] { ++fed; }, 300ms);
    }
    int fed_within(milliseconds time) {
        const int before = fed;
        context.restart();
        context.run_for(time);
        return fed - before;
    }

    boost::asio::io_context context{1};
    int fed = 0;
};

TEST_F(WatchdogTest, IsFedFourTimesAnIntervalWhileTheClockIsLookedAt) {
    Watchdog dog = watchdog(200ms);
    dog.start();
    int seen = 0;
    for (int i = 0; i < 10; ++i) {
        dog.clock_was_looked_at();
        seen += fed_within(milliseconds(100));
    }
    EXPECT_GE(seen, 10);
    EXPECT_LE(seen, 22);
}

// The event loop turns, the watchdog's timer fires; but the node was not woken any more.
TEST_F(WatchdogTest, IsNotFedWhenNobodyLooksAtTheClock) {
    Watchdog dog = watchdog(200ms);
    dog.start();
    fed_within(milliseconds(400));
    EXPECT_GE(fed, 1);
    EXPECT_EQ(fed_within(milliseconds(500)), 0);
    dog.clock_was_looked_at();
    EXPECT_GE(fed_within(milliseconds(150)), 1);
}

TEST_F(WatchdogTest, StopsAndMayNotBeAskedFor) {
    Watchdog dog = watchdog(200ms);
    dog.start();
    dog.stop();
    EXPECT_EQ(fed_within(milliseconds(200)), 0);
    fed = 0;
    Watchdog none = watchdog(std::nullopt);
    none.start();
    EXPECT_EQ(fed_within(milliseconds(200)), 0);
}

}  // namespace
}  // namespace berkeley
