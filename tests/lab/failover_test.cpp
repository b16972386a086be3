// Three candidates on three kernels: the master's machine dies, its daemon or its machine stands
// still for half a minute and comes back, or it is cut off. The others go on, and one master is
// left.
#include <csignal>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/lab_test.hpp"

namespace berkeley::lab {
namespace {

constexpr double kMillisecond = 1e6;
constexpr double kTakeover = 10;  // seconds; the emulator's stalls cost some of them
constexpr double kAway = 30;      // seconds that the master stands still
constexpr std::size_t kNodes = 3;

class Failover : public LabTest {
  protected:
    void SetUp() override {
        LabTest::SetUp();
        if (IsSkipped() || HasFatalFailure())
            return;
        lab_ = std::make_unique<Laboratory>(
            std::vector<NodeSpec>{{.drift_ppm = 80, .start_error = 0.01},
                                  {.drift_ppm = -40, .start_error = -0.01},
                                  {.drift_ppm = 150, .start_error = 0.02}},
            3, 3);
        lab_->start_daemons();
        ASSERT_TRUE(lab_->synchronized(40));
        const std::string master = lab_->master(1);
        for (std::size_t node = 1; node <= kNodes; ++node) {
            if (lab_->guest(node).name() == master)
                first_ = node;
            else
                others_.push_back(node);
        }
        ASSERT_NE(first_, 0U) << "nobody leads: '" << master << "'";
        lab_->wait(20);  // until the rates are known
        lab_->truth().leave_out(first_, true);
        usual_ = lab_->truth().spread(lab_->wait(20));
        lost_ = lab_->truth().now();
    }

    // The other two have agreed on one of themselves.
    void expect_takeover() {
        const auto another = [this] {
            const std::string master = lab_->master(others_[0]);
            return !master.empty() && master != lab_->guest(first_).name() &&
                   lab_->master(others_[1]) == master;
        };
        ASSERT_TRUE(lab_->wait_until(30, another));
        const double took = lab_->truth().now() - lost_;
        successor_ = lab_->master(others_[0]);
        std::cout << fmt::format("  {} leads after {:.1f} s\n", successor_, took);
        EXPECT_LT(took, kTakeover);
        EXPECT_TRUE(lab_->wait_until(20, [this] {
            return lab_->state(others_[0]) == "synchronized" &&
                   lab_->state(others_[1]) == "synchronized";
        }));
    }

    void be_away_until(double end) { lab_->wait(std::max(end - lab_->truth().now(), 0.0)); }

    // The first follows whoever leads now, with a clock that is near theirs.
    void expect_first_follows(double limit) {
        const double back = lab_->truth().now();
        ASSERT_TRUE(lab_->wait_until(limit, [this] { return lab_->master(first_) == successor_; }))
            << lab_->log(first_);
        std::cout << fmt::format("  it follows {:.1f} s after it is back",
                                 lab_->truth().now() - back);
        lab_->truth().leave_out(first_, false);
        const Span whole{back, lab_->wait(limit).to};
        const auto together = lab_->truth().settled_below(kMillisecond, whole);
        ASSERT_TRUE(together) << "not together again after " << limit << " s";
        std::cout << fmt::format(", together after {:.1f} s\n", *together - back);
        for (const std::size_t other : others_)
            EXPECT_EQ(lab_->master(other), successor_);
        EXPECT_EQ(lab_->state(first_), "synchronized");
        const BoundVerdict bounds = lab_->truth().bounds({*together, whole.to});
        EXPECT_EQ(bounds.violations, 0U);
        EXPECT_GT(bounds.checked, 100U);
        lab_->truth().leave_out(first_, true);
    }

    // From the loss of the master until now.
    void expect_others_undisturbed() {
        const Span since{lost_, lab_->truth().now()};
        const Spread spread = lab_->truth().spread(since);
        const BoundVerdict bounds = lab_->truth().bounds(since);
        std::cout << fmt::format(
            "  spread of the others before: rms {}, max {}; since: rms {}, max {}; bounds: {} of "
            "{} "
            "violated\n",
            in_words(usual_.rms_ns), in_words(usual_.max_ns), in_words(spread.rms_ns),
            in_words(spread.max_ns), bounds.violations, bounds.checked);
        EXPECT_LT(spread.max_ns, std::max(2 * usual_.max_ns, kMillisecond / 4));
        EXPECT_EQ(bounds.violations, 0U);
        for (const std::size_t other : others_) {
            EXPECT_EQ(lab_->truth().sets(other, since), 0U) << "n" << other << " was set";
            EXPECT_EQ(lab_->truth().furthest_back_ns(other, since), 0) << "n" << other;
        }
    }

    std::unique_ptr<Laboratory> lab_;
    std::size_t first_ = 0;  // the master that is lost
    std::vector<std::size_t> others_;
    std::string successor_;
    Spread usual_;
    double lost_ = 0;
};

TEST_F(Failover, OfAMachineThatDies) {
    lab_->guest(first_).signal(SIGKILL);
    expect_takeover();
    lab_->wait(20);
    expect_others_undisturbed();
}

TEST_F(Failover, OfADaemonThatStandsStill) {
    lab_->end_daemon(first_, "STOP");
    expect_takeover();
    be_away_until(lost_ + kAway);
    lab_->end_daemon(first_, "CONT");
    expect_first_follows(10);
    EXPECT_TRUE(lab_->log_says(first_, "this node leads no more"));
    expect_others_undisturbed();
}

// The emulator gives it all the ticks that it missed, first.
TEST_F(Failover, OfAMachineThatStalls) {
    lab_->guest(first_).signal(SIGSTOP);
    expect_takeover();
    be_away_until(lost_ + kAway);
    lab_->guest(first_).signal(SIGCONT);
    expect_first_follows(30);
    expect_others_undisturbed();
}

// Its clock is half a minute behind when it comes back, and it cannot know.
TEST_F(Failover, OfAMachineThatIsStoppedUnseen) {
    lab_->stop_machine(first_);
    expect_takeover();
    be_away_until(lost_ + kAway);
    lab_->resume_machine(first_);
    expect_first_follows(20);
    expect_others_undisturbed();
}

TEST_F(Failover, OfAMasterThatIsCutOff) {
    lab_->wires().cut_off(first_, true);
    expect_takeover();
    be_away_until(lost_ + kAway);
    EXPECT_EQ(lab_->state(first_), "holdover");
    const BoundVerdict apart = [this] {
        lab_->truth().leave_out(first_, false);
        const BoundVerdict verdict = lab_->truth().bounds({lost_, lab_->truth().now()});
        lab_->truth().leave_out(first_, true);
        return verdict;
    }();
    EXPECT_EQ(apart.violations, 0U) << "of the one cut off, which holds over";
    lab_->wires().cut_off(first_, false);
    expect_first_follows(15);
    expect_others_undisturbed();
}

}  // namespace
}  // namespace berkeley::lab
