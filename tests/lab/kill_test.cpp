// SIGKILL in mid-slew: the kernel alone ends the slew, at the best known rate and without
// overshoot. Beside it, what Debian's chronyd leaves when it is killed so.
#include <cmath>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/steer/discipline.hpp"
#include "tests/lab/support/lab_test.hpp"

namespace berkeley::lab {
namespace {

constexpr std::size_t kMaster = 1;

double to_master_ns(Laboratory& lab, std::size_t guest) {
    lab.truth().collect();
    const double at = lab.truth().now() - 0.25;
    const auto offset = lab.truth().offset_ns(guest, at);
    const auto master = lab.truth().offset_ns(kMaster, at);
    return offset && master ? *offset - *master : NAN;
}

// Of the clock over its own oscillator: what the daemon had told the kernel.
double told_rate(const ClockSample& sample) {
    return rate_of(KernelRate{sample.frequency, sample.tick_us});
}

struct Victim {
    std::size_t guest;
    double start_ms;
    double killed_at = 0;
    double left_ns = 0;
    // NOLINTNEXTLINE(readability-redundant-member-init): GCC warns without
    ClockSample last = {};
};

// Set by less than step_threshold, a clock is slewed back: three seconds later, about half.
void shift_and_kill(Laboratory& lab, std::vector<Victim>& victims) {
    constexpr double kLater = 3;
    for (Victim& victim : victims) {
        lab.shift_clock(victim.guest, victim.start_ms * 1e-3);
        lab.guest(victim.guest)
            .run_well(fmt::format(
                "(sleep {}; kill -KILL $(cat /run/berkeleyd.pid)) >/dev/null 2>&1 &", kLater));
        victim.killed_at = lab.truth().now() + kLater;
    }
    lab.wait(kLater + 1);
    for (Victim& victim : victims) {
        ASSERT_FALSE(lab.daemon_runs(victim.guest));
        victim.left_ns = to_master_ns(lab, victim.guest);
        victim.last = lab.truth().points(victim.guest).back().sample;
    }
}

// Where the slew ended is told apart from what the rate, known for a few seconds only, adds: the
// last seconds' line, taken back to the kill.
void expect_a_good_end(Laboratory& lab, const Victim& victim, double end) {
    const Span rest{end - 20, end};
    const double against_master =
        lab.truth().rate(victim.guest, rest) - lab.truth().rate(kMaster, rest);
    const double now =
        *lab.truth().offset_ns(victim.guest, end - 1) - *lab.truth().offset_ns(kMaster, end - 1);
    const double landed = now - against_master * 1e9 * (end - 1 - victim.killed_at);
    const double beyond = victim.start_ms > 0 ? -landed : landed;
    const double estimate = told_rate(victim.last) + lab.truth().raw_rate(victim.guest, rest);
    const double off_estimate = lab.truth().rate(victim.guest, rest) - estimate;
    std::cout << fmt::format(
        "  {:+.0f} ms, killed with {} left: ended {} from the goal, overshoot {}; rate {:+.3f} ppm "
        "from the last estimate, {:+.3f} ppm from the master's\n",
        victim.start_ms, in_words(victim.left_ns), in_words(landed),
        in_words(std::max(beyond, 0.0)), off_estimate * 1e6, against_master * 1e6);
    EXPECT_GT(std::abs(victim.left_ns), std::abs(victim.start_ms) * 0.05e6) << "not in mid-slew";
    EXPECT_LT(std::abs(off_estimate), 1e-6);
    EXPECT_LT(beyond, std::abs(victim.start_ms) * 1e3) << "overshoot of more than 0.1 %";
    // Short it falls by as much as the kernel's late turn was allowed for.
    EXPECT_LT(std::abs(landed), std::abs(victim.start_ms) * 3e3) << "not there";
    const ClockSample& after = lab.truth().points(victim.guest).back().sample;
    EXPECT_EQ(told_rate(after), told_rate(victim.last)) << "the rate changed after the kill";
}

void show_what_chronyd_leaves(Laboratory& lab, const std::vector<std::size_t>& guests) {
    lab.start_chronyd(kMaster, "local stratum 8\nallow\n", "-x");
    for (const std::size_t guest : guests) {
        lab.set_clock(guest, guest % 2 == 0 ? 0.3 : -0.3);
        lab.start_chronyd(guest,
                          fmt::format("server {} iburst minpoll 0\n", Guest::address(kMaster)));
    }
    for (const std::size_t guest : guests) {
        const auto slewing = [&lab, guest] {
            lab.truth().collect();
            return std::abs(told_rate(lab.truth().points(guest).back().sample)) > 0.01;
        };
        EXPECT_TRUE(lab.wait_until(30, slewing)) << "chronyd does not slew";
        lab.guest(guest).run_well("kill -KILL $(pidof chronyd)");
    }
    const Span after = lab.wait(5);
    for (const std::size_t guest : guests) {
        const double left = lab.truth().rate(guest, after) - lab.truth().raw_rate(guest, after);
        std::cout << fmt::format("  chronyd killed in mid-slew: the clock runs {:+.0f} ppm off\n",
                                 left * 1e6);
    }
}

TEST_F(LabTest, KilledInMidSlewTheKernelEndsIt) {
    Laboratory lab({{.drift_ppm = 0},
                    {.drift_ppm = 60},
                    {.drift_ppm = -35},
                    {.drift_ppm = 110},
                    {.drift_ppm = -80}},
                   1);
    lab.start_daemons();
    ASSERT_TRUE(lab.synchronized(60));
    lab.wait(30);
    std::vector<Victim> victims{{2, 200}, {3, -200}, {4, 400}, {5, -400}};
    shift_and_kill(lab, victims);
    const Span after = lab.wait(60);
    for (const Victim& victim : victims)
        expect_a_good_end(lab, victim, after.to);
    show_what_chronyd_leaves(lab, {2, 3});
}

}  // namespace
}  // namespace berkeley::lab
