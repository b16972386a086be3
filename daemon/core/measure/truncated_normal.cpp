#include "daemon/core/measure/truncated_normal.hpp"

#include <cmath>
#include <numbers>

#include "daemon/core/contract.hpp"

namespace berkeley {
namespace {

// exp(x²)·erfc(x) for x >= 0 without over- or underflow: by its continued fraction
// (Abramowitz and Stegun 7.1.14) where the direct product would lose digits.
double scaled_erfc(double x) {
    if (x < 3)
        return std::exp(x * x) * std::erfc(x);
    double tail = x;
    for (int k = 40; k >= 1; --k)
        tail = x + 0.5 * k / tail;
    return 1 / (tail * std::sqrt(std::numbers::pi));
}

// A narrow interval is uniform but for a slope: the density falls as exp(−middle·u).
bool narrow(double low, double high) {
    return (high - low) * (1 + std::abs(low)) < 1e-2;
}

Moments with_a_slope(double low, double high) {
    const double width = high - low;
    const double middle = low + width / 2;
    return {middle - middle * width * width / 12, width * width / 12};
}

// Far out the tail is an exponential of rate `low`, to parts in low².
constexpr double kFarOut = 100;

Moments far_out(double low, double high) {
    const double rate = low + 1 / low;
    const double width = high - low;
    const double grown = std::exp(std::fmin(rate * width, 700.0));
    const double cut = width / (grown - 1);
    return {low + 1 / rate - cut, 1 / (rate * rate) - cut * cut * grown};
}

// low >= 0: everything in the upper tail, scaled by exp(low²/2).
Moments in_upper_tail(double low, double high) {
    if (low > kFarOut)
        return far_out(low, high);
    const double fall = std::exp((low - high) * (low + high) / 2);
    const double area =
        std::sqrt(std::numbers::pi / 2) *
        (scaled_erfc(low / std::numbers::sqrt2) - fall * scaled_erfc(high / std::numbers::sqrt2));
    const double mean = (1 - fall) / area;
    const double edge = fall > 0 ? high * fall : 0;
    const double variance = 1 + (low - edge) / area - mean * mean;
    return {mean, variance};
}

Moments about_zero(double low, double high) {
    constexpr double kPeak = 0.3989422804014327;  // 1/sqrt(2 pi)
    const double at_low = kPeak * std::exp(-low * low / 2);
    const double at_high = kPeak * std::exp(-high * high / 2);
    const double area =
        0.5 * (std::erf(high / std::numbers::sqrt2) - std::erf(low / std::numbers::sqrt2));
    const double mean = (at_low - at_high) / area;
    const double variance = 1 + (low * at_low - high * at_high) / area - mean * mean;
    return {mean, variance};
}

}  // namespace

Moments truncated_standard_normal(double low, double high) {
    ensure(low <= high, "a truncation with its ends crossed");
    if (narrow(low, high))
        return with_a_slope(low, high);
    Moments moments;
    if (low >= 0) {
        moments = in_upper_tail(low, high);
    } else if (high <= 0) {
        moments = in_upper_tail(-high, -low);
        moments.mean = -moments.mean;
    } else {
        moments = about_zero(low, high);
    }
    // Cancellation can leave a variance a little outside what is possible.
    const double width = high - low;
    const double nearest = std::fmax(0, std::fmax(low, -high));
    const double spread = std::fmin(width, 1 / (1 + nearest));
    moments.variance = std::fmin(std::fmax(moments.variance, 1e-3 * spread * spread), 1);
    moments.mean = std::fmin(std::fmax(moments.mean, low), high);
    return moments;
}

}  // namespace berkeley
