#include "daemon/core/measure/wander_bank.hpp"

#include <algorithm>
#include <cmath>

namespace berkeley {
namespace {

constexpr double kMemory = 0.99;  // what is left of a score at the next update, half an exchange

// What is believed at first, and drawn back to by forgetting: an ordinary crystal in a room.
constexpr std::array<double, 5> kBeliefs{-2, 0, -2, -4, -6};

}  // namespace

WanderBank::WanderBank() : scores_(kBeliefs), weights_{} {
    for (std::size_t i = 0; i < kWanders.size(); ++i)
        filters_[i] = ClockFilter({.wander = kWanders[i]});
    weigh();
}

Duration WanderBank::update(RawTime at, const OffsetRange& range, Duration softness) {
    Duration surprise{0};
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        const Duration surprised = filters_[i].update(at, range, softness);
        if (i == likeliest_)
            surprise = surprised;
        scores_[i] =
            kBeliefs[i] + kMemory * (scores_[i] - kBeliefs[i]) + filters_[i].log_likelihood();
    }
    weigh();
    return surprise;
}

void WanderBank::believe(RawTime at, const ClockFilter::Knowledge& known) {
    for (ClockFilter& filter : filters_)
        filter.believe(at, known);
}

void WanderBank::weigh() {
    const auto best = std::max_element(scores_.begin(), scores_.end());
    likeliest_ = static_cast<std::size_t>(best - scores_.begin());
    const double highest = *best;
    double sum = 0;
    for (std::size_t i = 0; i < scores_.size(); ++i) {
        scores_[i] -= highest;
        weights_[i] = std::exp(scores_[i]);
        sum += weights_[i];
    }
    for (double& weight : weights_)
        weight /= sum;
}

Duration WanderBank::offset_at(RawTime at) const {
    const Duration reference = filters_[likeliest_].offset_at(at);
    double above = 0;
    for (std::size_t i = 0; i < filters_.size(); ++i)
        above += weights_[i] * as_ns(filters_[i].offset_at(at) - reference);
    return reference + nanoseconds_of(above);
}

Duration WanderBank::offset_sigma_at(RawTime at) const {
    const Duration mean = offset_at(at);
    double variance = 0;
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        const double sigma = as_ns(filters_[i].offset_sigma_at(at));
        const double apart = as_ns(filters_[i].offset_at(at) - mean);
        variance += weights_[i] * (sigma * sigma + apart * apart);
    }
    return nanoseconds_of(std::sqrt(variance));
}

double WanderBank::rate() const {
    double mean = 0;
    for (std::size_t i = 0; i < filters_.size(); ++i)
        mean += weights_[i] * filters_[i].rate();
    return mean;
}

double WanderBank::rate_sigma() const {
    const double mean = rate();
    double variance = 0;
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        const double sigma = filters_[i].rate_sigma();
        const double apart = filters_[i].rate() - mean;
        variance += weights_[i] * (sigma * sigma + apart * apart);
    }
    return std::sqrt(variance);
}

}  // namespace berkeley
