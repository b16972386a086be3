// An operator's `date -s`, and another time daemon: noticed, told, undone or left alone, and no
// other node is moved by it.
#include <cmath>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/lab_test.hpp"

namespace berkeley::lab {
namespace {

constexpr double kMoved = 100e3;  // ns, of other nodes

class OtherHands : public LabTest {
  protected:
    static std::vector<NodeSpec> nodes() {
        return {{.drift_ppm = 80, .start_error = 0.01},
                {.drift_ppm = -40, .start_error = -0.01},
                {.drift_ppm = 150, .start_error = 0.02}};
    }
};

void set_by_hand(Laboratory& lab, std::size_t guest, int seconds) {
    lab.guest(guest).run_well(
        fmt::format("date -s @$(($(date +%s) + {}))", seconds + (seconds < 0 ? 1 : 0)));
}

// Sets the clock of one; it is back within 5 s, and the others never left their line.
void set_and_undone(Laboratory& lab, std::size_t victim, int seconds) {
    const Span before = lab.wait(10);
    const double set_at = lab.truth().now();
    set_by_hand(lab, victim, seconds);
    const bool told =
        lab.wait_until(2, [&lab, victim] { return lab.log_says(victim, "something else set"); });
    const double told_after = lab.truth().now() - set_at;
    const Span whole{set_at, lab.wait(8).to};
    const auto back = lab.truth().settled_below(1e6, whole);
    std::cout << fmt::format("  n{} set by {:+} s: told after {:.1f} s, ", victim, seconds,
                             told_after);
    EXPECT_TRUE(told);
    ASSERT_TRUE(back) << "not undone";
    std::cout << fmt::format("undone after {:.1f} s; moved:", *back - set_at);
    EXPECT_LT(*back - set_at, 5);
    for (std::size_t other = 1; other <= lab.size(); ++other) {
        if (other == victim)
            continue;
        const double moved = lab.truth().strays_ns(other, before, whole);
        std::cout << fmt::format(" n{} {}", other, in_words(moved));
        EXPECT_LT(moved, kMoved) << "n" << other << " was moved";
    }
    std::cout << "\n";
    EXPECT_TRUE(lab.log_says(victim, "stepped the clock by"));
}

TEST_F(OtherHands, ASetClockIsPutBackAndASecondTimeLeftAlone) {
    Laboratory lab(nodes());
    lab.start_daemons();
    ASSERT_TRUE(lab.synchronized(40));
    lab.wait(20);  // until the rates are known
    set_and_undone(lab, 2, 5);
    set_and_undone(lab, 3, -5);
    set_and_undone(lab, 1, 5);

    set_by_hand(lab, 1, -5);
    const auto refusing = [&lab] { return lab.state(1) == "refusing"; };
    EXPECT_TRUE(lab.wait_until(5, refusing)) << "n1 fights";
    const Span after = lab.wait(10);
    const double off =
        *lab.truth().offset_ns(1, after.to - 1) - *lab.truth().offset_ns(2, after.to - 1);
    std::cout << fmt::format("  n1 set again within a minute: refusing, its clock stays {} off\n",
                             in_words(off));
    EXPECT_LT(off, -4e9);
    EXPECT_EQ(lab.truth().sets(1, {after.from + 1, after.to}), 0U);
    lab.truth().leave_out(1, true);
    EXPECT_LT(lab.truth().spread(after).max_ns, 1e6) << "the others do not agree any more";
}

TEST_F(OtherHands, AnotherTimeDaemonIsNoticedNamedAndNotFought) {
    Laboratory lab(nodes());
    lab.start_daemons();
    ASSERT_TRUE(lab.synchronized(40));
    lab.wait(5);
    // It follows n1, whose clock is a second off for it: it will slew, and keep slewing.
    lab.start_chronyd(1, "local stratum 8\nallow\n", "-x");
    const double started = lab.truth().now();
    lab.start_chronyd(
        3, fmt::format("server {} iburst minpoll 0 maxpoll 0 offset 0.05\n", Guest::address(1)));
    const auto refusing = [&lab] { return lab.state(3) == "refusing"; };
    ASSERT_TRUE(lab.wait_until(60, refusing)) << "not noticed";
    const double noticed = lab.truth().now();
    const std::string reason(lab.status(3).at("reason").as_string());
    std::cout << fmt::format("  refusing {:.1f} s after chronyd's start: {}\n", noticed - started,
                             reason);
    EXPECT_TRUE(lab.log_says(3, "Running on this machine: chronyd (pid"));
    EXPECT_NE(reason.find("Running on this machine: chronyd (pid"), std::string::npos);
    const std::string before = lab.log(3);
    lab.wait(10);
    EXPECT_EQ(lab.log(3), before) << "it is not at rest";
    lab.guest(3).run_well("pidof chronyd");
    // chronyd has the clock for itself now, and steers it where it wants.
    EXPECT_TRUE(lab.wait_until(40, [&lab] {
        lab.truth().collect();
        const double at = lab.truth().now() - 0.3;
        const auto off = lab.truth().offset_ns(3, at);
        const auto master = lab.truth().offset_ns(1, at);
        return off && master && std::abs(std::abs(*off - *master) - 50e6) < 5e6;
    })) << "berkeleyd stands in chronyd's way";
    lab.truth().leave_out(3, true);
    EXPECT_LT(lab.truth().spread({started, lab.truth().now() - 1}).max_ns, 1e6);
}

}  // namespace
}  // namespace berkeley::lab
