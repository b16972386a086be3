#include "daemon/core/agree/intersection.hpp"

#include <algorithm>

namespace berkeley {
namespace {

struct End {
    Duration at{0};
    bool begins = true;
};

// Of ends at one place those that begin come first: intervals that touch meet.
std::vector<End> ends_of(std::span<const Reading> readings) {
    std::vector<End> ends;
    ends.reserve(2 * readings.size());
    for (const Reading& reading : readings) {
        ends.push_back({reading.range().low, true});
        ends.push_back({reading.range().high, false});
    }
    std::ranges::sort(ends, [](const End& a, const End& b) {
        return a.at != b.at ? a.at < b.at : a.begins && !b.begins;
    });
    return ends;
}

Duration median_of(std::vector<Duration> offsets) {
    std::ranges::sort(offsets);
    const Duration low = offsets[(offsets.size() - 1) / 2];
    const Duration high = offsets[offsets.size() / 2];
    return low + (high - low) / 2;
}

}  // namespace

std::optional<Intersection> intersect(std::span<const Reading> readings) {
    std::size_t open = 0;
    std::size_t most = 0;
    OffsetRange range;  // from the first such place to the last: which is the true one is not known
    for (const End& end : ends_of(readings)) {
        if (end.begins) {
            if (++open > most) {
                most = open;
                range.low = end.at;
            }
            continue;
        }
        if (open-- == most)
            range.high = end.at;
    }
    if (most < majority_of(readings.size()))
        return std::nullopt;
    Intersection found{range, 0ns, {}};
    std::vector<Duration> agreeing;
    for (const Reading& reading : readings) {
        const bool agrees = reading.range().low <= range.high && reading.range().high >= range.low;
        found.agrees.push_back(agrees);
        if (agrees)
            agreeing.push_back(reading.offset);
    }
    found.middle = std::clamp(median_of(std::move(agreeing)), range.low, range.high);
    return found;
}

}  // namespace berkeley
