// Against numeric integration in long double, over a grid of intervals.
#include "daemon/core/measure/truncated_normal.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

// Moments of u = x − low under exp(−x²/2) on [low, low + width], by composite Simpson. The density
// is taken relative to its largest value, so that nothing underflows; where it has fallen below
// e^-60 of that, nothing is left to count.
Moments integrated(double low, double width) {
    using Real = long double;
    const Real a = low;
    Real from = a;
    Real to = a + Real{width};
    const Real peak = std::clamp(Real{0}, from, to);
    const auto reach = [peak](Real direction) {  // where (x² − peak²)/2 = 60
        return direction * std::sqrt(peak * peak + 120);
    };
    from = std::max(from, reach(-1));
    to = std::min(to, reach(1));
    constexpr int kPanels = 4000;
    const Real step = (to - from) / kPanels;
    Real area = 0;
    Real first = 0;
    Real second = 0;
    for (int i = 0; i <= kPanels; ++i) {
        const Real x = from + step * i;
        const Real u = x - from;
        const Real weight = i == 0 || i == kPanels ? 1 : (i % 2 == 1 ? 4 : 2);
        const Real density = weight * std::exp((peak - x) * (peak + x) / 2);
        area += density;
        first += density * u;
        second += density * u * u;
    }
    const Real mean = first / area;
    return {static_cast<double>(from + mean), static_cast<double>(second / area - mean * mean)};
}

void expect_moments(double low, double width, double mean_tolerance, double variance_tolerance) {
    const Moments exact = integrated(low, width);
    const Moments found = truncated_standard_normal(low, low + width);
    const double sigma = std::sqrt(exact.variance);
    EXPECT_NEAR(found.mean, exact.mean, mean_tolerance * sigma + 4e-16 * std::abs(low))
        << "low " << low << " width " << width;
    EXPECT_NEAR(found.variance / exact.variance, 1, variance_tolerance)
        << "low " << low << " width " << width;
}

const std::vector<double> kWidths{1e-3, 1e-2, 0.1, 0.3, 1, 2, 3, 5, 8, 20, 80};

TEST(TruncatedNormal, AgreesWithIntegrationWhereTheBodyIs) {
    for (const double low : {-80.0, -20.0, -8.0, -5.0, -3.0, -2.0, -1.0, -0.5, -0.1, -1e-3, -1e-9,
                             0.0,   1e-9,  1e-3, 0.1,  0.5,  1.0,  2.0,  3.0,  4.0,  5.0}) {
        for (const double width : kWidths)
            expect_moments(low, width, 1e-4, 1e-3);
    }
}

TEST(TruncatedNormal, AgreesWithIntegrationFarOutInATail) {
    for (const double low : {6.0, 8.0, 12.0, 20.0, 38.0, 50.0, 100.0}) {
        for (const double width : kWidths)
            expect_moments(low, width, 1e-4, 1e-3);
    }
}

TEST(TruncatedNormal, NarrowIntervalsAreUniform) {
    for (const double low : {-50.0, -5.0, -1.0, -1e-5, 0.0, 0.3, 2.0, 30.0}) {
        for (const double width : {1e-12, 1e-9, 1e-7, 1e-6}) {
            const Moments found = truncated_standard_normal(low, low + width);
            const double real_width = (low + width) - low;  // as far as a double tells
            EXPECT_GE(found.mean, low);
            EXPECT_LE(found.mean, low + width);
            EXPECT_NEAR(found.variance, real_width * real_width / 12,
                        1e-3 * real_width * real_width / 12);
        }
    }
}

// Where one formula takes over from another nothing may jump.
TEST(TruncatedNormal, GrowsSmoothlyFromNarrowToWide) {
    for (const double low : {-0.5, -1e-4, 0.0, 1e-4, 0.5}) {
        for (double width = 1e-5; width < 1e-3; width *= 1.05) {
            expect_moments(low, width, 2e-2, 2e-2);
        }
    }
}

TEST(TruncatedNormal, TheTwoTailsMirrorEachOther) {
    for (const double low : {-3.0, -0.2, 0.0, 1.5, 7.0, 40.0}) {
        for (const double width : kWidths) {
            const Moments up = truncated_standard_normal(low, low + width);
            const Moments down = truncated_standard_normal(-low - width, -low);
            EXPECT_NEAR(up.mean, -down.mean, 1e-12 * (1 + std::abs(low)));
            EXPECT_NEAR(up.variance, down.variance, 1e-12);
        }
    }
}

TEST(TruncatedNormal, APointIsThatPoint) {
    for (const double at : {-60.0, -1.0, 0.0, 2.0, 1e9}) {
        const Moments found = truncated_standard_normal(at, at);
        EXPECT_EQ(found.mean, at);
        EXPECT_EQ(found.variance, 0);
    }
}

TEST(TruncatedNormal, NoTruncationChangesNothing) {
    const Moments found = truncated_standard_normal(-1e6, 1e6);
    EXPECT_NEAR(found.mean, 0, 1e-12);
    EXPECT_NEAR(found.variance, 1, 1e-12);
}

TEST(TruncatedNormal, AlwaysWithinWhatIsPossible) {
    for (double low = -1e12; low < 1e12;
         low = low < 0 ? (low < -1e-9 ? low / 3 : 0) : (low == 0 ? 1e-9 : low * 3)) {
        for (double width = 1e-12; width < 1e12; width *= 3) {
            const double high = low + width;
            const Moments found = truncated_standard_normal(low, high);
            ASSERT_GE(found.mean, low);
            ASSERT_LE(found.mean, high);
            ASSERT_GE(found.variance, 0);
            ASSERT_LE(found.variance, 1);
            if (std::abs(low) > 0.5)
                continue;  // narrow ones further out have lost their digits
            const double real_width = high - low;
            ASSERT_LE(found.variance, real_width * real_width / 12 * 1.01 + 1e-30)
                << "low " << low << " width " << width;
        }
    }
}

TEST(TruncatedNormalDeathTest, CrossedEndsAreABug) {
    EXPECT_DEATH(truncated_standard_normal(1, 0.999), "ends crossed");
    EXPECT_DEATH(truncated_standard_normal(NAN, 1), "ends crossed");
}

}  // namespace
}  // namespace berkeley
