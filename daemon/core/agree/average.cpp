#include "daemon/core/agree/average.hpp"

#include <algorithm>
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

}  // namespace

std::optional<Agreement> agree(std::span<const Reading> readings, std::size_t required,
                               Duration gamma) {
    ensure(required > 0, "an agreement of nobody");
    if (readings.size() < required)
        return std::nullopt;

    Agreement agreement;
    agreement.tightest = tightest_holding(readings, required);
    const OffsetRange widened{agreement.tightest.low - gamma, agreement.tightest.high + gamma};
    agreement.counted.reserve(readings.size());
    for (const Reading& reading : readings) {
        agreement.counted.push_back(widened.holds(reading.offset));
    }
    agreement.average = mean_of(readings, agreement.counted);
    return agreement;
}

}  // namespace berkeley
