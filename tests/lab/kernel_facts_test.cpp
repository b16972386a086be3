// What clock_adjtime(2) says in a guest, held against the truth: STA_UNSYNC, maxerror and esterror,
// and TAI, which is not ours to touch.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/timex.h>

#include "tests/lab/support/lab_test.hpp"
#include "tests/support/median.hpp"

namespace berkeley::lab {
namespace {

constexpr int kTai = 37;

// A node is synchronized within 10 ms of cluster time: two are, within twice that of each other.
constexpr double kSynchronizedApart = 20e6;  // ns

bool claims_synchronized(const ClockSample& sample) {
    return (sample.status & STA_UNSYNC) == 0;
}

class KernelFacts : public LabTest {
  protected:
    void SetUp() override {
        LabTest::SetUp();
        if (IsSkipped() || HasFatalFailure())
            return;
        // The first two have to slew, the third to step.
        lab_ = std::make_unique<Laboratory>(
            std::vector<NodeSpec>{{.drift_ppm = 80, .start_error = 0.2},
                                  {.drift_ppm = -40, .start_error = -0.2},
                                  {.drift_ppm = 150, .start_error = 3}});
        for (std::size_t guest = 1; guest <= lab_->size(); ++guest)
            lab_->guest(guest).run_well(fmt::format("/bin/agent set-tai {}", kTai));
        lab_->wait(1);
        began_ = lab_->truth().now();
        lab_->start_daemons();
        ASSERT_TRUE(lab_->synchronized(60));
    }

    std::vector<ClockSample> samples(std::size_t guest, Span span) {
        lab_->truth().collect();
        std::vector<ClockSample> found;
        for (const TruePoint& point : lab_->truth().points(guest)) {
            if (point.at >= span.from && point.at <= span.to)
                found.push_back(point.sample);
        }
        return found;
    }

    double claimed(std::size_t guest, Span span) {  // the share of the time in which it is so
        const auto found = samples(guest, span);
        const auto so = std::ranges::count_if(found, claims_synchronized);
        return static_cast<double>(so) / static_cast<double>(found.size());
    }

    double middle(std::size_t guest, Span span, std::int32_t ClockSample::* of) {
        std::vector<double> values;
        for (const ClockSample& sample : samples(guest, span))
            values.push_back(sample.*of);
        return test::median(std::move(values));
    }

    ClockSample now(std::size_t guest) {
        lab_->truth().collect();
        return lab_->truth().points(guest).back().sample;
    }

    // Wherever two claim to be synchronized, they are, and their errors cover what they differ by.
    void expect_true_claims(Span span) {
        const BoundVerdict bounds = lab_->truth().bounds(span);
        EXPECT_GT(bounds.checked, 100U);
        EXPECT_EQ(bounds.violations, 0U);
        EXPECT_LT(bounds.furthest_apart_ns, kSynchronizedApart);
        std::cout << fmt::format(
            "  {} pairs: {} beyond their maxerror, at most {:.0f} % of it used, {} apart\n",
            bounds.checked, bounds.violations, bounds.tightest_ratio * 100,
            in_words(bounds.furthest_apart_ns));
        for (std::size_t guest = 1; guest <= lab_->size(); ++guest) {
            for (const ClockSample& sample : samples(guest, span)) {
                ASSERT_EQ(sample.tai_offset_s, kTai) << "n" << guest;
                ASSERT_LE(sample.estimated_error_us, sample.max_error_us) << "n" << guest;
            }
        }
    }

    std::unique_ptr<Laboratory> lab_;
    double began_ = 0;
};

// How far two clocks really are apart, over what they estimate: most of the time.
double usual_share_of_estimate(Laboratory& lab, Span span) {
    std::vector<double> shares;
    for (const TruePoint& point : lab.truth().points(2)) {
        if (point.at < span.from || point.at > span.to)
            continue;
        const auto other = lab.truth().offset_ns(3, point.at);
        if (other) {
            shares.push_back(std::abs(*other - point.offset_ns) /
                             (2e3 * point.sample.estimated_error_us));
        }
    }
    return test::median(std::move(shares));
}

TEST_F(KernelFacts, AreTrueFromTheStartAndInHoldover) {
    const Span slewing{began_, lab_->truth().now()};
    EXPECT_LT(claimed(1, {began_, began_ + 1}), 0.5) << "n1 claims it before it can be so";
    const Span steady = lab_->wait(20);
    expect_true_claims({slewing.from, steady.to});
    for (std::size_t guest = 1; guest <= lab_->size(); ++guest) {
        EXPECT_EQ(claimed(guest, steady), 1) << "n" << guest;
        const double max_error = middle(guest, steady, &ClockSample::max_error_us);
        const double estimated = middle(guest, steady, &ClockSample::estimated_error_us);
        std::cout << fmt::format("  n{}: maxerror {:.0f} µs, esterror {:.0f} µs\n", guest,
                                 max_error, estimated);
        EXPECT_LT(max_error, 20'000);
        EXPECT_GT(estimated, 0);
    }
    std::cout << fmt::format("  n2 and n3 are apart by {:.2f} of what they estimate\n",
                             usual_share_of_estimate(*lab_, steady));

    lab_->wires().cut_off(3, true);
    const double cut = lab_->truth().now();
    ASSERT_TRUE(lab_->wait_until(20, [this] { return lab_->state(3) == "holdover"; }));
    const Span early = lab_->wait(5);
    lab_->wait(20);
    const Span late = lab_->wait(5);
    for (const auto& [name, field] : {std::pair{"maxerror", &ClockSample::max_error_us},
                                      std::pair{"esterror", &ClockSample::estimated_error_us}}) {
        const double before = middle(3, early, field);
        const double after = middle(3, late, field);
        std::cout << fmt::format("  n3 in holdover: {} {:.0f} µs, 25 s later {:.0f} µs\n", name,
                                 before, after);
        EXPECT_GT(after, before) << name;
    }
    EXPECT_EQ(claimed(3, {early.from, late.to}), 1) << "it is guaranteed to within a millisecond";
    expect_true_claims({cut, late.to});
}

TEST_F(KernelFacts, AreTrueWithoutADaemonAndUnderOtherHands) {
    lab_->wait(10);
    lab_->end_daemon(2, "KILL");
    const double killed = lab_->truth().now();
    const Span alone = lab_->wait(20);
    const double grown = now(2).max_error_us;
    std::cout << fmt::format("  n2, killed 20 s ago: maxerror {:.0f} µs\n", grown);
    EXPECT_GT(grown, 9'000) << "500 ppm, as the kernel lets it grow";
    expect_true_claims({killed, alone.to});
    lab_->start_daemon(2);
    ASSERT_TRUE(lab_->synchronized(30));
    lab_->wait(3);
    EXPECT_LT(now(2).max_error_us, grown / 2);

    const double set = lab_->truth().now();
    lab_->shift_clock(3, 0.2);
    lab_->wait(2);
    EXPECT_FALSE(claims_synchronized(now(3))) << "0.2 s off, and on its way back";
    ASSERT_TRUE(lab_->wait_until(40, [this] { return claims_synchronized(now(3)); }));
    expect_true_claims({set, lab_->wait(2).to});

    lab_->guest(1).run_well("adjtimex -f 3276800 >/dev/null");  // 50 ppm
    ASSERT_TRUE(lab_->wait_until(10, [this] { return lab_->state(1) == "refusing"; }));
    lab_->wait(1);
    EXPECT_FALSE(claims_synchronized(now(1))) << "for whose rate nobody vouches";
    EXPECT_EQ(now(1).max_error_us, 16'000'000);
    EXPECT_EQ(now(1).frequency, 3'276'800) << "hands off";
    EXPECT_EQ(now(1).tai_offset_s, kTai);
}

}  // namespace
}  // namespace berkeley::lab
