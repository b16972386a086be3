#include "daemon/app/wake_timer.hpp"

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"
#include "daemon/platform/simulated_clock.hpp"

namespace berkeley {
namespace {

TEST(MonotonicSleep, FollowsTheRateAndIsShortWhileASlewRuns) {
    ClockBracket now{};
    EXPECT_EQ(monotonic_sleep(1s, now), 1s);
    EXPECT_EQ(monotonic_sleep(-1s, now), 0s);
    EXPECT_EQ(monotonic_sleep(24h * 365, now), 10min);
    now.rate = 500e-6;
    EXPECT_EQ(monotonic_sleep(1s, now), 1s + 500us);
    now.rate = 0;
    now.slew_left = -300ms;  // the next second may be 10 % slow
    EXPECT_EQ(monotonic_sleep(1s, now), 890ms);
    EXPECT_EQ(monotonic_sleep(2ms, now), 2ms);
}

struct WakeTimerTest : testing::Test {
    boost::asio::io_context context;
    SimulatedHostClock clock{read_clock_bracket(), 0s, 0.05};
    int fired = 0;
    WakeTimer timer{context, clock, [this] { ++fired; }};
};

TEST_F(WakeTimerTest, FiresOnTheNodesRawClock) {
    const RawTime start = clock.now().raw;
    timer.wake_at(start + 100ms);
    context.run();
    const Duration waited = clock.now().raw - start;
    EXPECT_EQ(fired, 1);
    EXPECT_GE(waited, 100ms - 60us);
    EXPECT_LT(waited, 200ms);
}

TEST_F(WakeTimerTest, TheLastTimeCounts) {
    timer.wake_at(clock.now().raw + 1h);
    timer.wake_at(clock.now().raw - 1h);
    EXPECT_EQ(fired, 0);
    context.run();
    EXPECT_EQ(fired, 1);
}

TEST_F(WakeTimerTest, StopsForGood) {
    timer.wake_at(clock.now().raw);
    timer.stop();
    context.run();
    EXPECT_EQ(fired, 0);
}

}  // namespace
}  // namespace berkeley
