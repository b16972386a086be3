// From the members' replies to cluster time, when there is none: the Berkeley step.
//
// A majority that still knows cluster time continues it, within its bounds and in its epoch.
// Otherwise cluster time is formed anew, from references if there are any, else from the system
// clocks; and a new epoch begins.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "daemon/core/agree/average.hpp"
#include "daemon/core/node/member.hpp"

namespace berkeley {

inline constexpr Duration kGamma = 20ms;  // as 4.3BSD's timed had it

// The master's own clocks, as one voter among the others.
struct OwnReading {
    Moment now;
    Vote vote;
    bool votes = true;
    SystemTime floor;  // the last cluster time that we knew: if our clock is earlier, it has no say
    std::optional<BoundedLine> line;  // if it still knows cluster time
    std::uint64_t epoch = 0;
    double system_rate = 0;              // of our system clock over our raw clock, without slews
    std::optional<double> cluster_rate;  // over our raw clock, as it was known last
    bool disowned = false;               // our raw clock is not what it was, nor who shares it
    std::optional<Move> move;            // of cluster time, which not all may have carried out

    bool has_say() const { return votes && plausible(now.system) && now.system >= floor; }
};

struct Formed {
    ClusterTime at_now;
    double rate = 0;        // of cluster time over our raw clock
    double rate_sigma = 0;  // against that of the cluster time that it continues
    Duration doubt{0};      // a continued cluster time lies within ± this of the one before
    std::uint64_t epoch = 1;
    bool continued = false;
    bool blindly = false;  // where it was last seen
    bool by_references = false;
    Duration width{0};  // of the agreement
    std::size_t counted = 0;
    bool own_counted = false;
    Duration own_off{0};  // our system clock − cluster time
};

// Why a clock does not count at first.
Verdict off_when_formed(Duration off);

struct Voters {
    std::size_t present = 0;   // votes with a reading, ours included
    std::size_t expected = 0;  // of which a majority must agree
    bool still_joining = false;
    bool claims = false;  // some still know cluster time, and hold over meanwhile
    bool own_long_past = false;
    std::size_t long_past = 0;  // clocks that would vote if they knew the date, ours included
};

Voters count_voters(const OwnReading& own, std::span<const Member* const> members,
                    std::size_t expected);

// From our own line alone, which there must be; members whose clocks are where it has them count.
Formed go_on_by_own(const OwnReading& own, std::span<Member* const> members);

// Marks in `members` whose clocks counted, and says why others did not. `outside`: what references
// agree on, against our own system clock: if cluster time is formed anew, it begins there, whatever
// the others read, once a majority of them is here.
std::optional<Formed> form(const OwnReading& own, std::span<Member* const> members,
                           std::size_t expected,
                           const std::optional<References::Start>& outside = {});

// How often what must outlast a loss of power is stored.
inline constexpr Duration kBetweenStateSaves = 60s;

// Machines without a battery wake up long ago. Where all that vote do, and are a majority of the
// expected: cluster time begins where most of them had seen it, and later than they can have.
std::optional<Formed> begin_where_last_seen(const OwnReading& own, std::span<Member* const> members,
                                            std::size_t expected);

}  // namespace berkeley
