// The oscillator itself breaks: the machine is stopped, suspended, or changes its clocksource. The
// node measures anew; nobody else is moved.
#include <cmath>
#include <csignal>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/lab_test.hpp"

namespace berkeley::lab {
namespace {

constexpr double kMillisecond = 1e6;
constexpr double kMoved = 200e3;  // ns, of other nodes

class RawClock : public LabTest {
  protected:
    static std::vector<NodeSpec> nodes() {
        return {{.drift_ppm = 80, .start_error = 0.01},
                {.drift_ppm = -40, .start_error = -0.01},
                {.drift_ppm = 150, .start_error = 0.02}};
    }

    static void settle(Laboratory& lab) {
        lab.start_daemons();
        ASSERT_TRUE(lab.synchronized(40));
        lab.wait(20);  // until the rates are known
        before_ = lab.wait(15);
    }

    // All are together again within `limit` seconds, and stay so; the others never left their line.
    static void expect_together_again(Laboratory& lab, std::size_t victim, double from,
                                      double limit) {
        const Span whole{from, lab.wait(limit + 5).to};
        const auto back = lab.truth().settled_below(kMillisecond, whole);
        ASSERT_TRUE(back) << "not together again after " << limit << " s";
        std::cout << fmt::format("together again after {:.1f} s; moved:", *back - from);
        EXPECT_LT(*back - from, limit);
        for (std::size_t other = 1; other <= lab.size(); ++other) {
            if (other == victim)
                continue;
            const double moved = lab.truth().strays_ns(other, before_, whole);
            std::cout << fmt::format(" n{} {}", other, in_words(moved));
            EXPECT_LT(moved, kMoved) << "n" << other;
        }
        const BoundVerdict bounds = lab.truth().bounds({*back, whole.to});
        std::cout << fmt::format("; bounds: {} of {} violated\n", bounds.violations,
                                 bounds.checked);
        EXPECT_EQ(bounds.violations, 0U);
    }

    static Span before_;
};
Span RawClock::before_;

TEST_F(RawClock, OfAMemberStandsStillUnseen) {
    Laboratory lab(nodes());
    settle(lab);
    lab.pause(3, 5);
    std::cout << "  n3 stood still for 5 s and was not told: ";
    expect_together_again(lab, 3, lab.truth().now(), 15);
    EXPECT_TRUE(lab.log_says(3, "raw clock is not what it was"));
}

TEST_F(RawClock, OfTheMasterStandsStillUnseen) {
    Laboratory lab(nodes());
    settle(lab);
    lab.pause(1, 5);
    std::cout << "  n1, the master, stood still for 5 s and was not told: ";
    expect_together_again(lab, 1, lab.truth().now(), 20);
}

TEST_F(RawClock, OfAStalledMachineGoesOn) {
    Laboratory lab(nodes());
    settle(lab);
    lab.guest(3).signal(SIGSTOP);
    lab.wait(10);
    lab.guest(3).signal(SIGCONT);
    std::cout << "  n3 stalled for 10 s: ";
    expect_together_again(lab, 3, lab.truth().now(), 10);
    EXPECT_TRUE(lab.log_says(1, "no answer from n3"));
    EXPECT_TRUE(lab.log_says(1, "n3 answers again"));
}

TEST_F(RawClock, OfASuspendedMachine) {
    Laboratory lab(nodes());
    settle(lab);
    lab.guest(3).run_well("(sleep 0.5; echo mem >/sys/power/state) >/dev/null 2>&1 &");
    lab.wait(7);
    lab.guest(3).qmp("system_wakeup");
    lab.guest(3).calibrate();
    lab.truth().skip(3);
    std::cout << "  n3 was suspended for 6 s: ";
    // The kernel takes the time that it slept from a clock of whole seconds. What is then half a
    // second off is stepped, and what is less is slewed.
    expect_together_again(lab, 3, lab.truth().now(), 25);
    EXPECT_TRUE(lab.log_says(3, "suspended"));
}

TEST_F(RawClock, GetsAnotherSource) {
    Laboratory lab(nodes());
    settle(lab);
    const double changed = lab.truth().now();
    lab.guest(2).run_well(
        "echo acpi_pm >/sys/devices/system/clocksource/clocksource0/current_clocksource");
    std::cout << "  n2 changed from hpet to acpi_pm: ";
    expect_together_again(lab, 2, changed, 10);
    EXPECT_TRUE(lab.log_says(2, "changed its clocksource from hpet to acpi_pm"));
}

}  // namespace
}  // namespace berkeley::lab
