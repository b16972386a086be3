#include "daemon/core/measure/clock_filter.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "daemon/core/measure/truncated_normal.hpp"

namespace berkeley {
namespace {

// An innovation this many sigmas outside its interval is no accident: more was claimed to be known
// than is. What is claimed is scaled until fewer sigmas explain it. (By simulation: to open the
// rate up as far as a jump within one interval would take swings it by tens of ppm where the claim
// was only a little too bold.)
constexpr double kSurpriseSigmas = 5;
constexpr double kExplainingSigmas = 3;
constexpr double kJumpSigmas = 1000;  // no boldness, but another clock

// Nobody knows a clock better, whatever he says.
constexpr Duration kBestOffset = 50ns;
constexpr double kBestRate = 1e-10;

// No oscillator is 10 % off; in ns/s.
constexpr double kFastest = 1e8;

}  // namespace

Duration ClockFilter::update(RawTime at, const OffsetRange& range, Duration softness) {
    if (updates_ == 0) {
        begin(at, range, softness);
        return 0ns;
    }
    if (at < at_)
        return 0ns;  // overtaken by a newer exchange
    predict(at);
    const double low = as_ns(range.low - base_);
    const double high = std::max(low, as_ns(range.high - base_));
    judge(low, high, as_ns(softness));
    const Duration surprise = open_up_if_surprised(low, high, as_ns(softness));
    narrow(low, high, as_ns(softness));
    rebase();
    ++updates_;
    ++since_surprise_;
    return surprise;
}

void ClockFilter::begin(RawTime at, const OffsetRange& range, Duration softness) {
    at_ = at;
    base_ = range.middle();
    offset_ = 0;
    rate_ = 0;
    const double width = as_ns(std::max(range.width(), 0ns));
    const double edge = as_ns(softness);
    const double rate_sigma = prior_.rate_sigma * 1e9;
    covariance_ = {width * width / 12 + edge * edge, 0, rate_sigma * rate_sigma};
    updates_ = 1;
}

ClockFilter::Covariance ClockFilter::carried(const Covariance& from, double seconds,
                                             double wander) {
    const double q = wander * wander * 1e18;  // (ns/s)² per second
    Covariance to;
    to.offset = from.offset + 2 * seconds * from.cross + seconds * seconds * from.rate +
                q * seconds * seconds * seconds / 3;
    to.cross = from.cross + seconds * from.rate + q * seconds * seconds / 2;
    to.rate = from.rate + q * seconds;
    return to;
}

void ClockFilter::predict(RawTime at) {
    const double seconds = as_seconds(at - at_);
    offset_ += rate_ * seconds;
    covariance_ = carried(covariance_, seconds, prior_.wander);
    at_ = at;
}

// The mass of what was expected within what was seen, before anything is made of it.
void ClockFilter::judge(double low, double high, double softness) {
    constexpr double kLeast = 1e-12;
    const double scale = 1 / std::sqrt(2 * (covariance_.offset + softness * softness));
    double from = (low - offset_) * scale;
    double to = (high - offset_) * scale;
    if (from > 0)
        std::tie(from, to) = std::pair(-to, -from);  // where differences keep their digits
    const double mass = (std::erfc(-to) - std::erfc(-from)) / 2;
    log_likelihood_ = std::log(std::max(mass, kLeast));
}

// A rate that jumped, or an offset that did, is learned anew instead of being argued with: one
// surprise follows another, and each opens up what is left of the last.
Duration ClockFilter::open_up_if_surprised(double low, double high, double softness) {
    const double outside = std::max({low - offset_, offset_ - high, 0.0});
    const double sigma = std::sqrt(covariance_.offset + softness * softness);
    if (outside <= kSurpriseSigmas * sigma)
        return 0ns;
    const Duration surprise = nanoseconds_of(offset_ < low ? outside : -outside);
    since_surprise_ = 0;
    const double prior = prior_.rate_sigma * 1e9;
    if (outside > kJumpSigmas * sigma) {
        covariance_ = {outside * outside, 0, prior * prior};
        return surprise;
    }
    const double scale = std::pow(outside / (kExplainingSigmas * sigma), 2);
    const double rate_scale = std::min(scale, prior * prior / covariance_.rate);
    covariance_.offset *= scale;
    covariance_.cross *= std::sqrt(scale * rate_scale);
    covariance_.rate *= rate_scale;
    return surprise;
}

// theta + e, with e the softness of the edges, is known to lie in [low, high]; e is independent of
// theta, so what is learned of the sum passes to theta by the usual gain.
void ClockFilter::narrow(double low, double high, double softness) {
    const double total = covariance_.offset + softness * softness;
    const double sigma = std::sqrt(total);
    const Moments moments =
        truncated_standard_normal((low - offset_) / sigma, (high - offset_) / sigma);
    const double removed = total - moments.variance * total;
    absorb(covariance_.offset / total, covariance_.cross / total, moments.mean * sigma, removed);
}

// Two scalar measurements with independent errors.
void ClockFilter::believe(RawTime at, const Knowledge& known) {
    predict(at);
    const double offset_sigma = as_ns(std::max(known.offset_sigma, kBestOffset));
    const double by_offset = covariance_.offset + offset_sigma * offset_sigma;
    absorb(covariance_.offset / by_offset, covariance_.cross / by_offset,
           as_ns(known.offset - base_) - offset_, by_offset);
    const double rate_sigma = std::max(known.rate_sigma, kBestRate) * 1e9;
    const double by_rate = covariance_.rate + rate_sigma * rate_sigma;
    absorb(covariance_.cross / by_rate, covariance_.rate / by_rate, known.rate * 1e9 - rate_,
           by_rate);
    rebase();
}

// An innovation, and how much of its variance is gone by it.
void ClockFilter::absorb(double offset_gain, double rate_gain, double innovation, double removed) {
    offset_ += offset_gain * innovation;
    rate_ = std::clamp(rate_ + rate_gain * innovation, -kFastest, kFastest);
    covariance_.offset -= offset_gain * offset_gain * removed;
    covariance_.cross -= offset_gain * rate_gain * removed;
    covariance_.rate -= rate_gain * rate_gain * removed;
}

void ClockFilter::rebase() {
    const Duration whole = nanoseconds_of(offset_);
    base_ += whole;
    offset_ -= as_ns(whole);
}

Duration ClockFilter::offset_at(RawTime at) const {
    return base_ + nanoseconds_of(offset_ + rate_ * as_seconds(at - at_));
}

Duration ClockFilter::offset_sigma_at(RawTime at) const {
    const double seconds = std::max(0.0, as_seconds(at - at_));
    return nanoseconds_of(std::sqrt(carried(covariance_, seconds, prior_.wander).offset));
}

double ClockFilter::rate_sigma() const {
    return std::sqrt(covariance_.rate) * 1e-9;
}

}  // namespace berkeley
