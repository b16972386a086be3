// This machine's real clock, steered by the real daemon, which is killed in mid-slew: the kernel
// finishes the slew by itself, without overshoot, and keeps the last rate. Moves the clock by less
// than 2 ms.
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/steer/discipline.hpp"
#include "daemon/core/time/rate.hpp"
#include "daemon/platform/kernel_timex.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/real_clock.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

// Estimating a clock over loopback, and reading it, cost some microseconds.
constexpr Duration kTolerance = 15us;

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
    BERKELEYD_REQUIRE(kernel_takes_adjustments(), "CAP_SYS_TIME is missing: run as root");
    RealClock real;
    kill_in_mid_slew(real, 2);
    kill_in_mid_slew(real, -2);
}

}  // namespace
}  // namespace berkeley::test
