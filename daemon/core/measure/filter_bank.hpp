// A peer's clock filtered under several beliefs of how restless the two crystals are, side by side.
// Which of them is right is learned: under exponential jitter, the probability that a belief gave
// to an exchange is the mass of its Gaussian within the interval that the exchange proves. Beliefs
// are weighted by that, with a memory of some fifty exchanges: a room that warms up makes the
// crystals restless for an hour.
#pragma once

#include <array>
#include <span>

#include "daemon/core/measure/clock_filter.hpp"

namespace berkeley {

class WanderBank {
  public:
    WanderBank();

    // As ClockFilter's; the surprise is that of the belief that was the most likely before.
    Duration update(RawTime at, const OffsetRange& range, Duration softness);

    void believe(RawTime at, const ClockFilter::Knowledge& known);

    bool empty() const { return filters_.front().empty(); }
    std::int64_t updates() const { return filters_.front().updates(); }
    RawTime updated_at() const { return filters_.front().updated_at(); }

    // Of all beliefs, by their weights; sigmas with what the beliefs differ by.
    Duration offset_at(RawTime at) const;
    Duration offset_sigma_at(RawTime at) const;
    double rate() const;
    double rate_sigma() const;

    // The most likely belief's.
    double wander() const { return kWanders[likeliest_]; }

  private:
    // Of the relative rate, per root second: from a temperature-compensated crystal in a cellar to
    // two degrees a minute.
    static constexpr std::array<double, 5> kWanders{3e-10, 1.5e-9, 7e-9, 3.5e-8, 1.7e-7};

    void weigh();

    std::array<ClockFilter, kWanders.size()> filters_;
    std::array<double, kWanders.size()> scores_;  // log-likelihoods, fading
    std::array<double, kWanders.size()> weights_;
    std::size_t likeliest_ = 1;
};

}  // namespace berkeley
