#include "daemon/platform/simulated_clock.hpp"

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

ClockBracket machine_at(Duration since) {
    return {.raw = RawTime{1'000'000'000'000} + since,
            .system = SystemTime{1'700'000'000'000'000'000} + since,
            .half_width = 20ns,
            .suspended = 5s};
}

TEST(SimulatedHostClock, DriftsAndIsOffset) {
    SimulatedHostClock clock(machine_at(0s), -300ms, 50 * kPpm);
    const Moment start = clock.moment(machine_at(0s));
    EXPECT_EQ(start.raw, machine_at(0s).raw);
    EXPECT_EQ(start.system, machine_at(0s).system - 300ms);
    EXPECT_EQ(start.suspended, 5s);
    const Moment later = clock.moment(machine_at(1000s));
    EXPECT_EQ(later.raw - start.raw, 1000s + 50ms);
    EXPECT_EQ(later.system - start.system, 1000s + 50ms);
}

TEST(SimulatedHostClock, TranslatesRawTimesBothWays) {
    const SimulatedHostClock clock(machine_at(0s), 0s, -200 * kPpm);
    for (const Duration since : {0ns, Duration{1h}, Duration{24h * 30}}) {
        const RawTime machine = machine_at(since).raw;
        EXPECT_LE(std::chrono::abs(clock.machine_raw(clock.node_raw(machine)) - machine), 1ns);
    }
    EXPECT_EQ(clock.node_raw(machine_at(10s).raw) - machine_at(0s).raw, 10s - 2ms);
}

TEST(SimulatedHostClock, IsSteeredAndSet) {
    const ClockBracket start = read_clock_bracket();
    SimulatedHostClock clock(start, 250ms, 0);
    KernelAdjustment adjustment;
    adjustment.rate.frequency = 7 << 16;
    adjustment.slew = 1ms;
    adjustment.synchronized = true;
    ASSERT_TRUE(clock.adjust(adjustment));
    EXPECT_EQ(clock.read().rate.frequency, 7 << 16);
    EXPECT_FALSE(clock.read().unsynchronized);
    ASSERT_TRUE(clock.step(-250ms));
    EXPECT_TRUE(clock.read().unsynchronized);
    EXPECT_LT(std::chrono::abs(clock.now().system - read_clock_bracket().system), 10ms);
}

TEST(SimulatedHostClock, AnOlderReadingGivesTheLast) {
    SimulatedHostClock clock(machine_at(0s), 0s, 0);
    const Moment last = clock.moment(machine_at(2s));
    EXPECT_EQ(clock.moment(machine_at(1s)), last);
}

}  // namespace
}  // namespace berkeley
