// The kernel model against the running kernel: both are told the same, and must read the same.
// Moves the machine's clock by less than 2 ms, and back.
#include "daemon/platform/kernel_model.hpp"

#include <algorithm>
#include <iostream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/core/time/rate.hpp"
#include "daemon/platform/clock_bracket.hpp"
#include "daemon/platform/kernel_timex.hpp"
#include "daemon/platform/system_clock.hpp"
#include "tests/system/support/real_clock.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

// The kernel turns from chunk to chunk up to two ticks late (kernel_model.hpp): from +79 to -250
// µs/s at 250 Hz, 8 ms, that is 2.6 µs; 2.25 µs is what was seen. At 100 Hz it may come to 6.6 µs.
// A wrong chunk would show as 60 µs and more.
constexpr Duration kTolerance = 6us;

// What an earlier run of this test may have left to be slewed.
constexpr Duration kLeftover = 100us;

class KernelModelTest : public testing::Test {
  protected:
    void SetUp() override {
        BERKELEYD_REQUIRE(kernel_takes_adjustments(), "CAP_SYS_TIME is missing: run as root");
        BERKELEYD_REQUIRE(std::chrono::abs(kernel_.read().slew_left) <= kLeftover,
                          "another program slews this machine's clock");
    }

    static ClockBracket look() {
        ClockBracket best = read_clock_bracket();
        for (int i = 0; i < 3; ++i) {
            const ClockBracket next = read_clock_bracket();
            if (next.half_width < best.half_width)
                best = next;
        }
        return best;
    }

    // Tells both the same at the same time.
    void adjust(KernelModel& model, Duration slew, int time_constant, double more_ppm = 0) {
        KernelAdjustment adjustment;
        adjustment.rate.frequency = base_.frequency + std::llround(more_ppm * 65'536);
        adjustment.rate.tick_us = base_.tick_us;
        adjustment.slew = slew;
        adjustment.time_constant = time_constant;
        adjustment.max_error = 100ms;
        const RawTime before = look().raw;
        ASSERT_TRUE(kernel_.adjust(adjustment));
        const RawTime after = look().raw;
        model.adjust(before + (after - before) / 2, adjustment);
    }

    // The largest difference seen until the system clock reads `end`.
    Duration compare_until(KernelModel& model, SystemTime end, const char* what) {
        Duration worst{0};
        while (true) {
            const ClockBracket now = look();
            if (now.half_width < 500ns) {
                worst = std::max(worst, std::chrono::abs(model.at(now.raw) - now.system));
            }
            if (now.system >= end)
                break;
            usleep(2000);  // also keeps the tick from stopping, on which the kernel's seconds hang
        }
        const KernelReading real = kernel_.read();
        const KernelReading modelled = model.read(look().raw);
        EXPECT_LE(std::chrono::abs(real.slew_left - modelled.slew_left), 2ns) << what;
        EXPECT_EQ(real.time_constant, modelled.time_constant) << what;
        EXPECT_EQ(real.rate, modelled.rate) << what;
        EXPECT_EQ(real.max_error, modelled.max_error) << what;
        EXPECT_LE(worst, kTolerance) << what;
        std::cout << fmt::format("  {:<48} worst difference {} ns\n", what, worst.count());
        return worst;
    }

    RealClock real_;
    SystemHostClock kernel_;
    KernelRate base_ = kernel_.read().rate;
};

// The next moment of `fraction` into a second, at least `seconds` from now.
SystemTime moment_after(SystemTime now, int seconds, Duration fraction) {
    return SystemTime{now.ns / 1'000'000'000 * 1'000'000'000} + (seconds + 1) * 1s + fraction;
}

struct Phase {
    const char* what;
    Duration slew;
    int time_constant;
    double more_ppm;
    int seconds;
    Duration fraction;  // of the second in which the next phase begins
};

TEST_F(KernelModelTest, ReadsWhatTheKernelReads) {
    const Duration leftover = kernel_.read().slew_left;
    // A chunk that an earlier slew left running goes on to the end of its second, and the model
    // would know nothing of it.
    KernelAdjustment none;
    none.rate = base_;
    ASSERT_TRUE(kernel_.adjust(none));
    const SystemTime settled = moment_after(look().system, 0, 100ms);
    while (look().system < settled)
        usleep(2000);

    const ClockBracket start = look();
    KernelModel model(start.raw, start.system);
    adjust(model, 0ns, 0);
    const Phase phases[] = {
        {"at rest", 0ns, 0, 0, 1, 300ms},
        {"+1 ms, c = 0", 1ms, 0, 0, 4, 500ms},
        {"-1 ms, c = 0, written in mid-second", -1ms, 0, 0, 4, 400ms},
        {"none: the running chunk ends", 0ns, 0, 0, 2, 700ms},
        {"-1 ms, c = 1", -1ms, 1, 0, 3, 600ms},
        {"+1 ms, c = 1, and +5 ppm", 1ms, 1, 5, 3, 500ms},
        {"0.2 ms, c = 0, and -7 ppm", 200us, 0, -7, 2, 300ms},
        {"at rest again", 0ns, 0, 0, 2, 300ms},
    };
    for (const Phase& phase : phases) {
        adjust(model, phase.slew, phase.time_constant, phase.more_ppm);
        compare_until(model, moment_after(look().system, phase.seconds, phase.fraction),
                      phase.what);
    }

    const ClockBracket end = look();
    const double base_rate = running_rate(real_.found());
    const Duration span = end.raw - start.raw;
    const Duration moved = (end.system - start.system) - span - gained(span, base_rate);
    EXPECT_LT(std::chrono::abs(moved), 2ms);
    adjust(model, leftover - moved, 0);
    compare_until(model, moment_after(look().system, 7, 300ms), "back to where the clock was");
}

}  // namespace
}  // namespace berkeley::test
