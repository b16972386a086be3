// Debian's chrony steers the clock of a reference: the others follow it, without a step, and stay
// together when it is lost.
#include <cmath>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/lab_test.hpp"

namespace berkeley::lab {
namespace {

// n4 has outside time: its own clock, which chronyd serves and does not steer. n3 is the reference.
class References : public LabTest {
  protected:
    static std::vector<NodeSpec> nodes() {
        const std::string granted = "references = [\"n3\"]\n";
        return {{.drift_ppm = 80, .start_error = 0.4, .config = granted},
                {.drift_ppm = -40, .start_error = -0.3, .config = granted},
                {.drift_ppm = 150, .start_error = 0.02, .config = "clock = \"reference\"\n"},
                {.drift_ppm = -20, .start_error = 0}};
    }

    // Without rtcsync it never tells the kernel that its clock is synchronized.
    static std::string steered_by_n4() {
        return fmt::format("server {} iburst minpoll 0 maxpoll 2\nmakestep 0.01 3\nrtcsync\n",
                           Guest::address(4));
    }

    static void start(Laboratory& lab) {
        lab.start_chronyd(4, "local stratum 1\nallow\n", "-x");
        lab.start_chronyd(3, steered_by_n4());
        for (const std::size_t node : {1U, 2U, 3U})
            lab.start_daemon(node);
    }
};

double against_outside_ns(Laboratory& lab, std::size_t node) {
    lab.truth().collect();
    const double at = lab.truth().now() - 0.3;
    return lab.truth().offset_ns(node, at).value_or(1e12) -
           lab.truth().offset_ns(4, at).value_or(0);
}

std::string words_of(Laboratory& lab, std::size_t node, const char* key) {
    if (lab.state(node).empty())
        return {};  // its daemon is on its way
    const auto status = lab.status(node);
    const auto& value = status.at(key);
    return value.is_string() ? std::string(value.as_string()) : std::string();
}

TEST_F(References, ThatChronySteersLeadClusterTimeAndItGoesOnWithoutThem) {
    Laboratory lab(nodes(), 3);
    start(lab);
    const double started = lab.truth().now();
    const auto follows = [&lab] { return words_of(lab, 2, "timescale") == "reference"; };
    ASSERT_TRUE(lab.wait_until(100, follows)) << "the reference is not believed";
    ASSERT_TRUE(lab.wait_until(
        60, [&lab] { return lab.state(1) == "synchronized" && lab.state(2) == "synchronized"; }));
    std::cout << fmt::format("  followed after {:.0f} s\n", lab.truth().now() - started);
    lab.wait(300);
    for (const std::size_t node : {1U, 2U, 3U}) {
        const double off = against_outside_ns(lab, node);
        std::cout << fmt::format("  n{}: {} from outside time\n", node, in_words(off));
        EXPECT_LT(std::abs(off), 2e6) << "n" << node;
    }
    EXPECT_FALSE(lab.log_says(3, "another program")) << "chronyd is taken for a foreign hand";
    EXPECT_FALSE(lab.log_says(3, "something else set"));
    EXPECT_NE(lab.state(3), "refusing");
    lab.guest(3).run_well("pidof chronyd");

    // It is lost: chronyd ends, and its kernel's word with it.
    const Span before = lab.wait(20);
    lab.guest(3).run_well("kill $(pidof chronyd); sleep 1; kill -STOP $(cat /run/berkeleyd.pid)");
    const double lost = lab.truth().now();
    const auto alone = [&lab] { return words_of(lab, 2, "timescale") == "ensemble"; };
    ASSERT_TRUE(lab.wait_until(30, alone));
    EXPECT_TRUE(lab.log_says(1, "no reference is believed any more"));
    const Span without{lost, lab.wait(120).to};
    for (const std::size_t node : {1U, 2U}) {
        EXPECT_EQ(lab.truth().sets(node, without), 0U) << "n" << node << " was stepped";
        std::cout << fmt::format("  without it, n{} strays {} from its line\n", node,
                                 in_words(lab.truth().strays_ns(node, before, without)));
    }
    lab.truth().leave_out(3, true);
    lab.truth().leave_out(4, true);
    EXPECT_LT(lab.truth().spread(without).max_ns, 1e6);

    lab.guest(3).run_well("kill -CONT $(cat /run/berkeleyd.pid)");
    lab.start_chronyd(3, steered_by_n4());
    EXPECT_TRUE(lab.wait_until(120, follows)) << "it is not believed again";
    lab.wait(20);
    for (const std::size_t node : {1U, 2U})
        EXPECT_EQ(lab.truth().sets(node, {lost, lab.truth().now()}), 0U) << "n" << node;
}

}  // namespace
}  // namespace berkeley::lab
