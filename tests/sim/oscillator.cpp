#include "tests/sim/oscillator.hpp"

namespace berkeley::sim {
namespace {

constexpr Duration kSegment = 1s;

}  // namespace

Oscillator::Oscillator(const Shape& shape, std::uint64_t seed)
    : shape_(shape), random_(seed), rate_(shape.rate_error), raw_at_segment_(shape.at_start) {}

RawTime Oscillator::raw_at(TrueTime now) {
    std::normal_distribution<double> normal;
    while (now - segment_ >= kSegment) {
        const double gain = as_ns(kSegment) * rate_ + residue_ns_;
        const Duration whole = nanoseconds_of(gain);
        residue_ns_ = gain - as_ns(whole);
        raw_at_segment_ = raw_at_segment_ + kSegment + whole;
        segment_ = segment_ + kSegment;
        rate_ += shape_.wander * normal(random_) + warmed();
    }
    const Duration since = now - segment_;
    return raw_at_segment_ + since + nanoseconds_of(as_ns(since) * rate_ + residue_ns_);
}

// What the temperature does to the rate in the second that ends.
double Oscillator::warmed() const {
    if (segment_ <= shape_.ramp_begins)
        return 0;
    if (shape_.ramp_turns == 0ns)
        return shape_.ramp_per_s;
    const auto turns = (segment_ - shape_.ramp_begins - 1ns) / shape_.ramp_turns;
    return turns % 2 == 0 ? shape_.ramp_per_s : -shape_.ramp_per_s;
}

TrueTime Oscillator::true_at(RawTime raw) const {
    const Duration since = raw - raw_at_segment_;
    return segment_ + since - gained(since, rate_ / (1 + rate_));
}

}  // namespace berkeley::sim
