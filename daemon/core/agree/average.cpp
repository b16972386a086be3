#include "daemon/core/agree/average.hpp"

#include <algorithm>
#include <map>
#include <queue>

#include "daemon/core/contract.hpp"

namespace berkeley {
namespace {

// Let the lower end fall from reading to reading; of those that begin above it, keep the `required`
// that end first: the last of these ends the tightest interval with that lower end.
OffsetRange tightest_holding(std::span<const Reading> readings, std::size_t required) {
    std::vector<OffsetRange> by_low;
    by_low.reserve(readings.size());
    for (const Reading& reading : readings)
        by_low.push_back(reading.range());
    std::sort(by_low.begin(), by_low.end(),
              [](const OffsetRange& a, const OffsetRange& b) { return a.low > b.low; });

    std::optional<OffsetRange> best;
    std::priority_queue<Duration> first_ends;
    for (const OffsetRange& range : by_low) {
        first_ends.push(range.high);
        if (first_ends.size() > required)
            first_ends.pop();
        if (first_ends.size() < required)
            continue;
        const OffsetRange found{range.low, first_ends.top()};
        if (!best || found.width() <= best->width())
            best = found;
    }
    return *best;
}

// Quotients and remainders apart: offsets may be decades, and a plain sum could overflow.
Duration mean_of(std::span<const Reading> readings, const std::vector<bool>& counted) {
    const auto number = std::count(counted.begin(), counted.end(), true);
    ensure(number > 0, "an agreement that holds no reading");
    Duration quotients{0};
    Duration remainders{0};
    for (std::size_t i = 0; i < readings.size(); ++i) {
        if (!counted[i])
            continue;
        quotients += readings[i].offset / number;
        remainders += Duration{readings[i].offset.count() % number};
    }
    return quotients + remainders / number;
}

std::vector<bool> within(std::span<const Reading> readings, const OffsetRange& tightest,
                         Duration gamma) {
    const OffsetRange widened{tightest.low - gamma, tightest.high + gamma};
    std::vector<bool> counted;
    counted.reserve(readings.size());
    for (const Reading& reading : readings)
        counted.push_back(widened.holds(reading.offset));
    return counted;
}

Reading shared_reading(std::span<const Reading> sharing, Duration gamma) {
    if (sharing.size() == 1)
        return sharing.front();
    const auto agreement = agree(sharing, majority_of(sharing.size()), gamma);
    const OffsetRange& range = agreement->tightest;
    const Duration offset = agreement->average;
    return {offset, std::max({range.high - offset, offset - range.low, 0ns})};
}

}  // namespace

std::optional<Agreement> agree(std::span<const Reading> readings, std::size_t required,
                               Duration gamma) {
    ensure(required > 0, "an agreement of nobody");
    if (readings.size() < required)
        return std::nullopt;

    Agreement agreement;
    agreement.tightest = tightest_holding(readings, required);
    agreement.counted = within(readings, agreement.tightest, gamma);
    agreement.average = mean_of(readings, agreement.counted);
    return agreement;
}

std::optional<Agreement> agree_by_votes(std::span<const Reading> readings,
                                        std::span<const Vote> votes, std::size_t required,
                                        Duration gamma) {
    ensure(readings.size() == votes.size(), "a reading without a vote");
    std::map<Vote, std::vector<Reading>> sharing;
    for (std::size_t i = 0; i < readings.size(); ++i)
        sharing[votes[i]].push_back(readings[i]);
    std::vector<Reading> of_votes;
    of_votes.reserve(sharing.size());
    for (const auto& [vote, shared] : sharing)
        of_votes.push_back(shared_reading(shared, gamma));
    auto agreement = agree(of_votes, required, gamma);
    if (!agreement)
        return std::nullopt;
    // Where those that share a vote disagree, there is perhaps no clock at all.
    auto vote = agreement->counted.begin();
    for (const auto& shared : sharing) {
        const std::vector<bool> near = within(shared.second, agreement->tightest, gamma);
        *vote = *vote && std::ranges::find(near, true) != near.end();
        ++vote;
    }
    agreement->average = mean_of(of_votes, agreement->counted);
    agreement->counted = within(readings, agreement->tightest, gamma);
    return agreement;
}

}  // namespace berkeley
