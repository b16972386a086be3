// A daemon that comes back: from the line of its last run, or after a boot from the rate that it
// learned of this oscillator.
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/lab_test.hpp"

namespace berkeley::lab {
namespace {

constexpr const char* kState = "/var/lib/berkeleyd/state.json";

TEST_F(LabTest, ARestartGoesOnWithoutAStepAndABootFromTheLearnedRate) {
    Laboratory lab({{.drift_ppm = 80, .start_error = 0.01},
                    {.drift_ppm = -40, .start_error = -0.01},
                    {.drift_ppm = 150, .start_error = 0.02}});
    lab.start_daemons();
    ASSERT_TRUE(lab.synchronized(40));
    lab.wait(20);

    const double stopped = lab.truth().now();
    lab.end_daemon(3, "TERM");
    lab.wait(20);
    lab.start_daemon(3);
    const Span restarted{stopped, lab.wait(10).to};
    std::cout << fmt::format("  stopped for 20 s and started again: spread at most {}\n",
                             in_words(lab.truth().spread(restarted).max_ns));
    EXPECT_LT(lab.truth().spread(restarted).max_ns, 1e6);
    EXPECT_EQ(lab.truth().sets(3, restarted), 0U);

    // As after a boot: the kernel knows no rate, and the state is of another boot. The master is
    // out of reach, so that nothing but the file tells the rate.
    lab.end_daemon(3, "KILL");
    lab.guest(3).run_well(fmt::format(
        "sed -i 's/\"boot_id\": *\"[^\"]*\"/\"boot_id\":\"an-earlier-one\"/' {}", kState));
    lab.guest(3).run_well("adjtimex -f 0 >/dev/null");
    lab.wires().cut_off(3, true);
    const Span nobody = lab.wait(10);
    lab.start_daemon(3);
    lab.wait(3);
    const Span alone = lab.wait(15);
    const auto against_master = [&lab](Span span) {
        return (lab.truth().rate(3, span) - lab.truth().rate(1, span)) * 1e6;
    };
    std::cout << fmt::format(
        "  after a boot, before the master is reached: {:+.3f} ppm from the master's rate (without "
        "the file {:+.3f} ppm)\n",
        against_master(alone), against_master(nobody));
    EXPECT_GT(std::abs(against_master(nobody)), 20);
    EXPECT_LT(std::abs(against_master(alone)), 1);
    lab.wires().cut_off(3, false);
    EXPECT_TRUE(lab.synchronized(30));
}

}  // namespace
}  // namespace berkeley::lab
