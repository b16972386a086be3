#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "daemon/platform/clock_set_watch.hpp"
#include "daemon/platform/entropy.hpp"
#include "daemon/platform/observed_clock.hpp"
#include "daemon/platform/raw_clock.hpp"

namespace berkeley {
namespace {

TEST(RawClock, IsToldByTheKernel) {
    EXPECT_NE(current_clocksource(), "");
    EXPECT_EQ(boot_id().size(), 36U);
    RawClockWatch watch;
    EXPECT_EQ(watch.look().what, "");
}

TEST(ClockSetWatch, IsQuietWhileNobodySetsTheClock) {
    auto watch = ClockSetWatch::open();
    ASSERT_TRUE(watch) << watch.error();
    EXPECT_FALSE(watch->was_set());
}

TEST(ObservedHostClock, LeavesTheClockAlone) {
    ObservedHostClock clock;
    const KernelReading before = clock.read();
    KernelAdjustment adjustment;
    adjustment.rate.frequency = before.rate.frequency + 65'536;
    ASSERT_TRUE(clock.adjust(adjustment));
    ASSERT_TRUE(clock.step(1h));
    EXPECT_EQ(clock.read().rate, before.rate);
    const ClockBracket machine = read_clock_bracket();
    EXPECT_EQ(clock.moment(machine).raw, machine.raw);
    EXPECT_EQ(clock.machine_raw(machine.raw), machine.raw);
}

TEST(Entropy, FillsEveryByteSometimes) {
    std::array<std::uint8_t, 64> seen{};
    for (int i = 0; i < 16; ++i) {
        std::array<std::uint8_t, 64> bytes{};
        fill_random(bytes);
        for (std::size_t at = 0; at < bytes.size(); ++at)
            seen[at] |= bytes[at];
    }
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](std::uint8_t b) { return b != 0; }));
}

}  // namespace
}  // namespace berkeley
