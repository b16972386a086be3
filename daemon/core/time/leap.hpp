// Leap seconds. Cluster time counts as UTC does in POSIX and in the kernel: at an insertion the
// last second of the day is counted twice, at a deletion it is left out. Each node's kernel moves
// its clock by itself when it reads that midnight, and each node moves its line at the same
// reading.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

// As a kernel has it of the end of the running UTC day: STA_INS, STA_DEL.
enum class LeapNotice : std::uint8_t { none, insertion, deletion };

struct LeapSecond {
    ClusterTime midnight;  // 00:00:00 UTC that comes after it
    bool inserted = true;

    bool operator==(const LeapSecond&) const = default;

    Duration by() const { return inserted ? Duration{-1s} : Duration{1s}; }
    // The reading at which clocks are moved.
    ClusterTime at() const { return inserted ? midnight : midnight - 1s; }
    LeapNotice notice() const { return inserted ? LeapNotice::insertion : LeapNotice::deletion; }
};

// What a cluster with references knows of the calendar.
struct Calendar {
    // By how many seconds leap seconds have moved cluster time in this epoch: -1 for an insertion.
    std::int8_t leaps = 0;
    bool guided = false;  // by references, now or before: whether there is a leap second is known
    std::optional<LeapSecond> coming = {};
    std::optional<std::int16_t> tai_s = {};  // TAI − UTC

    bool operator==(const Calendar&) const = default;

    void leap(Duration by) {
        const auto whole_s = static_cast<int>(by / Duration{1s});
        leaps = static_cast<std::int8_t>(leaps + whole_s);
        if (tai_s)
            tai_s = static_cast<std::int16_t>(*tai_s - whole_s);
        coming.reset();
    }
};

// The end of the running UTC day, if a month ends with it: no other day has a leap second.
inline std::optional<ClusterTime> midnight_for_leap(ClusterTime now) {
    const std::chrono::sys_days day =
        std::chrono::floor<std::chrono::days>(std::chrono::sys_time<Duration>(Duration{now.ns}));
    const std::chrono::sys_days next = day + std::chrono::days{1};
    if (std::chrono::year_month_day{next}.day() != std::chrono::day{1})
        return std::nullopt;
    return ClusterTime{Duration{next.time_since_epoch()}.count()};
}

}  // namespace berkeley
