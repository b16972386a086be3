#include "daemon/core/agree/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "daemon/core/agree/median.hpp"

namespace berkeley {
namespace {

// Rates known less well than this do not vote yet.
constexpr double kVotingSigma = 1 * kPpm;

constexpr Duration kSettling = 120s;
constexpr Duration kExpectedMemory = 3600s;
constexpr Duration kExpectedAtFirst = 30s;

// A common change of twice its sigma is followed twice as fast as one that may be noise, of ten
// times 26 times as fast: the clocks did it, or the master's own alone.
constexpr double kLikelySigmas = 2;
constexpr Duration kSwiftest = 10s;
constexpr double kLeastSigma = 1 * kPpb;

// Of the median of n estimates, normally distributed.
double sigma_of_median(std::vector<double>& sigmas) {
    const auto number = static_cast<double>(sigmas.size());
    return std::max(kLeastSigma, 1.25 * median_of(sigmas) / std::sqrt(number));
}

double share_followed(double common, double sigma, Duration elapsed) {
    const double likely = common / (kLikelySigmas * sigma);
    const double time_constant = std::max(
        as_seconds(kSwiftest), as_seconds(Ensemble::kTimeConstant) / (1 + likely * likely));
    return std::min(1.0, as_seconds(elapsed) / time_constant);
}

}  // namespace

void Ensemble::begin_anew(double rate) {
    *this = {};
    rate_ = rate;
    settling_ = kSettling;
}

double Ensemble::rate_against_cluster(double relative_rate) const {
    return (1 + relative_rate) / (1 + rate_) - 1;
}

EnsembleClock Ensemble::newcomer(double relative_rate) const {
    return {rate_against_cluster(relative_rate) - owed_, true, 0ns};
}

double Ensemble::turn_limit(Duration poll) {
    // A turn of L a second, heard of t later, has moved cluster time by L t²/2.
    const double late = 2 * as_seconds(poll);
    return 2 * as_seconds(kLateness) / (late * late);
}

void Ensemble::turn(std::span<const EnsembleInput> inputs, double by) {
    for (const EnsembleInput& input : inputs)
        input.clock->expected_rate += owed_ - by;
    owed_ = 0;
    rate_ += by;
}

void Ensemble::steer(std::span<const EnsembleInput> inputs, Duration elapsed, Duration poll) {
    std::vector<VotedValue> all_changes;
    std::vector<VotedValue> all_sigmas;
    all_changes.reserve(inputs.size());
    all_sigmas.reserve(inputs.size());
    const auto votes = [](const EnsembleInput& input) {
        return input.clock->counted && input.rate_sigma <= kVotingSigma;
    };
    const auto change_of = [this](const EnsembleInput& input) {
        return rate_against_cluster(input.relative_rate) - input.clock->expected_rate;
    };
    for (const EnsembleInput& input : inputs) {
        if (!votes(input))
            continue;
        all_changes.push_back({input.vote, change_of(input)});
        all_sigmas.push_back({input.vote, input.rate_sigma});
    }
    std::vector<double> changes = one_of_each_vote(all_changes);
    std::vector<double> sigmas = one_of_each_vote(all_sigmas);
    if (changes.size() < 2)
        return;
    const double median = median_of(changes);
    for (const EnsembleInput& input : inputs) {
        if (!votes(input))
            continue;
        EnsembleClock& clock = *input.clock;
        clock.counted_for = std::min(clock.counted_for + elapsed, kExpectedMemory);
        const Duration memory = std::max(clock.counted_for, kExpectedAtFirst);
        clock.expected_rate +=
            (change_of(input) - median) * std::min(1.0, as_seconds(elapsed) / as_seconds(memory));
    }
    if (settling_ > 0ns) {
        settling_ -= elapsed;
        owed_ = median;
        return;
    }
    const double common = median - owed_;
    const double limit = turn_limit(poll) * as_seconds(elapsed);
    const double followed = common * share_followed(common, sigma_of_median(sigmas), elapsed);
    const double most = kMostTurn * as_seconds(elapsed);
    const double turned = std::clamp(owed_, -most, most);
    owed_ -= turned;
    rate_ += std::clamp(followed, -limit, limit) + turned;
}

}  // namespace berkeley
