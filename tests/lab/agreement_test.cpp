// Three kernels seconds apart, each with an oscillator of its own, and the real daemon: they agree,
// and stay so. What is told is the truth's, never the daemon's.
#include <cmath>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/lab_test.hpp"
#include "tests/lab/support/laboratory.hpp"

namespace berkeley::lab {
namespace {

constexpr double kMillisecond = 1e6;

// What lasts is asymmetry of the wires: no exchange of stamps can tell it.
double mean_against_first(Laboratory& lab, std::size_t guest, Span span) {
    double sum = 0;
    int points = 0;
    for (double at = span.from; at < span.to; at += GroundTruth::kGrid) {
        const auto one = lab.truth().offset_ns(1, at);
        const auto other = lab.truth().offset_ns(guest, at);
        if (!one || !other)
            continue;
        sum += *other - *one;
        ++points;
    }
    return points > 0 ? sum / points : NAN;
}

void tell(Laboratory& lab, Span span, const BoundVerdict& bounds) {
    const Spread spread = lab.truth().spread(span);
    std::cout << fmt::format(
        "  spread rms {}, max {} over {} readings; bounds: {} pairs checked, {} violated, at most "
        "{:.0f} % used, median {}\n",
        in_words(spread.rms_ns), in_words(spread.max_ns), spread.points, bounds.checked,
        bounds.violations, bounds.tightest_ratio * 100, in_words(bounds.median_max_error_ns));
    std::cout << "  against n1, on average:";
    for (std::size_t guest = 2; guest <= lab.size(); ++guest)
        std::cout << fmt::format(" n{} {}", guest, in_words(mean_against_first(lab, guest, span)));
    std::cout << "\n";
}

// No clock goes back once it is synchronized: it is set no more, and no sample lies behind another.
void expect_no_way_back(Laboratory& lab, Span span) {
    for (std::size_t guest = 1; guest <= lab.size(); ++guest) {
        EXPECT_EQ(lab.truth().sets(guest, span), 0U) << "n" << guest << " was set";
        EXPECT_EQ(lab.truth().furthest_back_ns(guest, span), 0) << "n" << guest << " went back";
    }
}

// Root may lock all of it.
void expect_nothing_is_swapped_out(Laboratory& lab) {
    const auto kib = [&lab](const char* what) {
        return std::stol(lab.guest(1).run_well(
            fmt::format("grep {} /proc/$(cat /run/berkeleyd.pid)/status | tr -dc 0-9", what)));
    };
    EXPECT_GE(kib("VmLck"), kib("VmRSS"));
}

TEST_F(LabTest, ThreeKernelsSecondsApartAgreeAndStaySo) {
    Laboratory lab({{.drift_ppm = 80, .start_error = 2},
                    {.drift_ppm = -40, .start_error = -1.5},
                    {.drift_ppm = 150, .start_error = 0.3}});
    lab.start_daemons();
    const double started = lab.truth().now();
    Span whole = lab.wait(20);
    const auto settled = lab.truth().settled_below(kMillisecond, {started, whole.to});
    ASSERT_TRUE(settled) << "never below 1 ms in 20 s";
    EXPECT_LT(*settled - started, 15);
    std::cout << fmt::format("  below 1 ms {:.1f} s after the last start\n", *settled - started);

    lab.wait(10);
    const Span hold = lab.wait(hold_seconds(60));
    const Spread spread = lab.truth().spread(hold);
    const BoundVerdict bounds = lab.truth().bounds({*settled, hold.to});
    tell(lab, hold, bounds);
    std::cout << fmt::format("  longest stall {:.0f} ms\n", lab.truth().longest_stall(hold) * 1e3);
    EXPECT_LT(spread.max_ns, kMillisecond);
    EXPECT_EQ(bounds.violations, 0U);
    EXPECT_GT(bounds.checked, 1000U);
    expect_no_way_back(lab, {*settled, hold.to});
    expect_nothing_is_swapped_out(lab);
}

TEST_F(LabTest, BySlewingAloneFromFourTenthsApart) {
    Laboratory lab({{.drift_ppm = 80, .start_error = 0.2},
                    {.drift_ppm = -40, .start_error = -0.2},
                    {.drift_ppm = 150, .start_error = 0.05}});
    lab.start_daemons();
    const double started = lab.truth().now();
    const Span whole = lab.wait(40);
    const auto settled = lab.truth().settled_below(kMillisecond, {started, whole.to});
    ASSERT_TRUE(settled) << "never below 1 ms";
    EXPECT_LT(*settled - started, 30);
    std::cout << fmt::format("  below 1 ms {:.1f} s after the last start\n", *settled - started);
    tell(lab, {*settled + 5, whole.to}, lab.truth().bounds({started, whole.to}));
    EXPECT_EQ(lab.truth().bounds({started, whole.to}).violations, 0U);
    expect_no_way_back(lab, {started, whole.to});
}

}  // namespace
}  // namespace berkeley::lab
