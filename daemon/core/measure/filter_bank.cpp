#include "daemon/core/measure/filter_bank.hpp"

#include <algorithm>
#include <cmath>

namespace berkeley {
namespace {

constexpr double kMemory = 0.99;  // what is left of a score at the next update, half an exchange

}  // namespace

FilterBank::FilterBank() {
    for (std::size_t i = 0; i < kBeliefs.size(); ++i) {
        filters_[i] = ClockFilter({.wander = kBeliefs[i].wander});
        scores_[i] = kBeliefs[i].score;
    }
    weigh();
}

Duration FilterBank::update(RawTime at, const OffsetRange& range, const Ends& ends) {
    Duration surprise{0};
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        const Belief& belief = kBeliefs[i];
        const double edge = as_ns(ends.jitter) * belief.edge;
        const Duration softness = nanoseconds_of(std::hypot(edge, as_ns(ends.floor))) + ends.stamps;
        const Duration surprised = filters_[i].update(at, range, softness);
        if (i == likeliest_)
            surprise = surprised;
        scores_[i] =
            belief.score + kMemory * (scores_[i] - belief.score) + filters_[i].log_likelihood();
    }
    weigh();
    return surprise;
}

void FilterBank::believe(RawTime at, const ClockFilter::Knowledge& known) {
    for (ClockFilter& filter : filters_)
        filter.believe(at, known);
}

void FilterBank::weigh() {
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

Duration FilterBank::offset_at(RawTime at) const {
    const Duration reference = filters_[likeliest_].offset_at(at);
    double above = 0;
    for (std::size_t i = 0; i < filters_.size(); ++i)
        above += weights_[i] * as_ns(filters_[i].offset_at(at) - reference);
    return reference + nanoseconds_of(above);
}

Duration FilterBank::offset_sigma_at(RawTime at) const {
    const Duration mean = offset_at(at);
    double variance = 0;
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        const double sigma = as_ns(filters_[i].offset_sigma_at(at));
        const double apart = as_ns(filters_[i].offset_at(at) - mean);
        variance += weights_[i] * (sigma * sigma + apart * apart);
    }
    return nanoseconds_of(std::sqrt(variance));
}

double FilterBank::rate() const {
    double mean = 0;
    for (std::size_t i = 0; i < filters_.size(); ++i)
        mean += weights_[i] * filters_[i].rate();
    return mean;
}

double FilterBank::rate_sigma() const {
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
