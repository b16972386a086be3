// This machine's real clock, steered by the real daemon, which is killed in mid-slew: the kernel
// finishes the slew by itself, without overshoot, and keeps the last rate. Moves the clock by less
// than 2 ms, and starts it back where it was; frequency, tick, status and time constant are put
// back.
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/steer/discipline.hpp"
#include "daemon/core/steer/slew.hpp"
#include "daemon/platform/clock_bracket.hpp"
#include "daemon/platform/kernel_timex.hpp"
#include "daemon/platform/system_clock.hpp"
#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

// Estimating a clock over loopback, and reading it, cost some microseconds.
constexpr Duration kTolerance = 15us;

class RealClock {
  public:
    RealClock() : found_(read_timex()), since_(read_clock_bracket()) {}
    RealClock(const RealClock&) = delete;
    RealClock& operator=(const RealClock&) = delete;

    ~RealClock() {
        KernelAdjustment back;
        back.rate = to_reading(found_).rate;
        back.slew = declared_for(-moved(), 0);
        back.max_error = 16s;
        const bool adjusted = clock_.adjust(back).has_value();
        wait_until(Seconds{30}, [this] { return std::abs(as_ns(read().slew_left)) < 2e3; });
        if (!adjusted || !restore_settings(found_))
            ADD_FAILURE() << "the kernel clock's settings could not be put back";
    }

    // From where it would be, had nobody touched it.
    Duration moved() const {
        const ClockBracket now = read_clock_bracket();
        const Duration raw = now.raw - since_.raw;
        return (now.system - since_.system) - raw - gained(raw, rate_of(to_reading(found_).rate));
    }

    KernelReading read() { return clock_.read(); }

  private:
    timex found_;
    ClockBracket since_;
    SystemHostClock clock_;
};

void give_up(const std::string& reason) {
    if (std::getenv("REQUIRE_ALL") != nullptr) {
        FAIL() << reason;
    } else {
        GTEST_SKIP() << reason;
    }
}

// Two simulated clocks agree, `ahead_ms` from the real one: the mean of the three is two thirds of
// that away.
void kill_in_mid_slew(RealClock& real, double ahead_ms) {
    Cluster cluster({.nodes = {{.name = "n1", .offset_ms = ahead_ms},
                               {.name = "n2", .offset_ms = ahead_ms},
                               {.name = "real", .clock = "system", .more = "move_limit = 0.005"}}});
    const Duration before = real.moved();
    cluster.start();
    const auto slewing = [&real, ahead_ms] {
        return std::abs(as_ns(real.read().slew_left)) > std::abs(ahead_ms) * 0.3e6;
    };
    ASSERT_TRUE(wait_until(Seconds{20}, slewing)) << cluster["real"].log();
    cluster["real"].kill();

    // A second after the start the rate is known to some ppm. It stays: what it moves is no slew.
    const KernelReading left = real.read();
    const RawTime killed = read_clock_bracket().raw;
    const auto slewed = [&real, before, &left, killed] {
        return real.moved() - before -
               gained(read_clock_bracket().raw - killed, rate_of(left.rate));
    };
    const Duration expected = nanoseconds_of(ahead_ms * 1e6 * 2 / 3);
    ASSERT_LT(std::chrono::abs(slewed()), std::chrono::abs(expected) * 4 / 5) << "not in mid-slew";
    Duration furthest{0};
    wait_until(Seconds{28}, [&slewed, &furthest, ahead_ms] {
        furthest = std::max(furthest, ahead_ms > 0 ? slewed() : -slewed());
        return false;
    });
    const Duration overshoot = furthest - std::chrono::abs(expected);
    EXPECT_LT(overshoot, kTolerance) << "overshoot";
    EXPECT_LT(std::chrono::abs(slewed() - expected), kTolerance)
        << as_ns(slewed()) << " ns instead of " << as_ns(expected);
    EXPECT_EQ(real.read().rate, left.rate);
    EXPECT_LT(std::abs(rate_of(left.rate)), 50 * kPpm);
    std::cout << fmt::format(
        "  killed with {} µs left to slew; ended {} ns from the goal, furthest "
        "beyond it {} ns\n",
        left.slew_left / 1us, (slewed() - expected).count(), overshoot.count());
}

TEST(Kill, InMidSlewEitherWayTheKernelEndsIt) {
    if (!kernel_takes_adjustments()) {
        give_up("CAP_SYS_TIME is missing: run as root");
        return;
    }
    RealClock real;
    kill_in_mid_slew(real, 2);
    kill_in_mid_slew(real, -2);
}

}  // namespace
}  // namespace berkeley::test
