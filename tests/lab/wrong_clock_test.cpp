// Clocks that are far off: an hour, since 1970, racing by 800 ppm, or to be slewed over seconds.
#include <cmath>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/lab_test.hpp"

namespace berkeley::lab {
namespace {

constexpr double kMillisecond = 1e6;
constexpr double kMoved = 200e3;  // ns, of other nodes

TEST_F(LabTest, AnHourWrongAndRacingTheyJoinThreeGoodOnes) {
    Laboratory lab({{.drift_ppm = 80, .start_error = 0.01},
                    {.drift_ppm = -40, .start_error = -0.01},
                    {.drift_ppm = 150, .start_error = 0.02},
                    {.drift_ppm = 20, .start_error = 3600},
                    {.drift_ppm = 800, .start_error = 0.03}},
                   3);
    for (const std::size_t good : {1U, 2U, 3U})
        lab.start_daemon(good);
    ASSERT_TRUE(lab.wait_until(40, [&lab] {
        return lab.state(1) == "synchronized" && lab.state(2) == "synchronized" &&
               lab.state(3) == "synchronized";
    }));
    lab.wait(20);  // until the rates are known
    const Span before = lab.wait(15);
    lab.start_daemon(4);
    lab.start_daemon(5);
    const Span whole{before.to, lab.wait(40).to};
    const auto settled = lab.truth().settled_below(kMillisecond, whole);
    ASSERT_TRUE(settled);
    std::cout << fmt::format("  all five below 1 ms {:.1f} s after they came\n",
                             *settled - whole.from);
    for (const std::size_t good : {1U, 2U, 3U}) {
        const double moved = lab.truth().strays_ns(good, before, whole);
        std::cout << fmt::format("  n{} moved by {}\n", good, in_words(moved));
        EXPECT_LT(moved, kMoved);
    }
    const std::string members = lab.guest(1).run("berkeleyctl members").out;
    std::cout << members;
    EXPECT_TRUE(lab.log_says(1, "n4"));
    const double racing = static_cast<double>(lab.status(5).at("frequency_ppb").as_int64()) / 1e3;
    EXPECT_NEAR(racing, 800 - 80, 200);
    EXPECT_EQ(lab.state(5), "synchronized");
    const BoundVerdict bounds = lab.truth().bounds({*settled, whole.to});
    EXPECT_EQ(bounds.violations, 0U);
    EXPECT_GT(bounds.checked, 100U);
}

TEST_F(LabTest, AClockOf1970HasNoSay) {
    Laboratory lab({{.drift_ppm = 80, .start_error = 0.3},
                    {.drift_ppm = -40, .start_error = -0.3},
                    {.drift_ppm = 150}});
    lab.guest(3).run_well("date -s @120");
    lab.guest(1).run_well("date -s @60");
    lab.start_daemons();
    lab.wait(10);
    // Two of three in 1970, the master among them: there is no majority to tell the date.
    EXPECT_NE(lab.state(1), "synchronized");
    std::cout << lab.guest(1).run("berkeleyctl status").out;
    lab.set_clock(1, 0.25);
    EXPECT_TRUE(lab.synchronized(60));
    const Span after = lab.wait(5);
    EXPECT_LT(lab.truth().spread({after.from + 2, after.to}).max_ns, kMillisecond);
    EXPECT_LT(std::abs(*lab.truth().offset_ns(3, after.to - 1)), 1e9) << "n3 is not of today";
}

TEST_F(LabTest, SecondsAreSlewedAwayWhereStepsAreForbidden) {
    Laboratory lab({{.drift_ppm = 80, .config = "step_policy = \"never\""},
                    {.drift_ppm = -40, .start_error = 1.5, .config = "step_policy = \"never\""},
                    {.drift_ppm = 150, .start_error = -1.5, .config = "step_policy = \"never\""}},
                   1);
    lab.start_daemon(1);
    ASSERT_TRUE(lab.wait_until(20, [&lab] { return lab.state(1) == "synchronized"; }));
    const double started = lab.truth().now();
    lab.start_daemon(2);
    lab.start_daemon(3);
    const Span whole{started, lab.wait(70).to};
    const auto settled = lab.truth().settled_below(kMillisecond, whole);
    ASSERT_TRUE(settled);
    std::cout << fmt::format("  ±1.5 s slewed to below 1 ms in {:.1f} s\n", *settled - started);
    EXPECT_LT(*settled - started, 60);
    for (const std::size_t guest : {2U, 3U}) {
        EXPECT_EQ(lab.truth().sets(guest, whole), 0U);
        EXPECT_EQ(lab.truth().furthest_back_ns(guest, whole), 0);
    }
    EXPECT_EQ(lab.truth().bounds(whole).violations, 0U);
}

}  // namespace
}  // namespace berkeley::lab
