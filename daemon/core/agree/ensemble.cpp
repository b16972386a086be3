#include "daemon/core/agree/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "daemon/core/agree/median.hpp"

namespace berkeley {
namespace {

// Rates known less well than this do not vote yet.
constexpr double kVotingSigma = 1 * kPpm;

}  // namespace

double Ensemble::rate_against_cluster(double relative_rate) const {
    return (1 + relative_rate) / (1 + rate_) - 1;
}

double Ensemble::turn_limit(Duration poll) {
    // A turn of L a second, heard of t later, has moved cluster time by L t²/2.
    const double late = 2 * as_seconds(poll);
    return std::min(2 * as_seconds(kLateness) / (late * late), kMostTurn);
}

void Ensemble::steer(std::span<const EnsembleInput> inputs, Duration elapsed, Duration poll) {
    std::vector<double> changes;
    changes.reserve(inputs.size());
    for (const EnsembleInput& input : inputs) {
        if (!input.clock->counted || input.rate_sigma > kVotingSigma)
            continue;
        changes.push_back(rate_against_cluster(input.relative_rate) - input.clock->expected_rate);
    }
    if (changes.size() < 2)
        return;
    const double wanted =
        median_of(changes) * std::min(1.0, as_seconds(elapsed) / as_seconds(kTimeConstant));
    const double limit = turn_limit(poll) * as_seconds(elapsed);
    rate_ += std::clamp(wanted, -limit, limit);
}

}  // namespace berkeley
