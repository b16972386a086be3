// Which references are believed: nodes whose system clocks outside time steers. A node is one only
// if the master's configuration names it, for it moves cluster time: what a member says of itself
// makes it none, and its certificate tells who it is.
//
// A reference states its own error (its kernel's maxerror). What is believed is what a majority of
// those that are in order cannot contradict. One that is alone is held against its own word: if its
// time moves by more than it may err, it jumped, and does not count for a while; for longer each
// time, so that one that strobes is soon out of it for an hour.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/core/agree/average.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

// What a master keeps of one.
struct ReferenceRecord {
    struct Seen {
        RawTime at;
        Reading reading;
    };
    std::optional<Seen> last;
    std::optional<Seen> anchor;  // of up to a minute ago
    // Since when it has run at one rate: while its program still brings the clock to outside time,
    // or learns how fast that runs, its rate is not outside time's.
    struct Steady {
        RawTime since;
        double rate = 0;
    };
    std::optional<Steady> steady;
    RawTime believed_from;
    unsigned jumps = 0;  // within an hour of each other
    RawTime jumped_at;
    RawTime agrees_from;  // after it disagreed with the others, it has to agree for a while
    Duration disagreed_by{0};
    ReferenceVerdict verdict;
    ReferenceVerdict charge;  // what it was last not believed for
};

// One before the master now. `reading`: its system clock − cluster time; nothing if not known.
struct ReferenceTestimony {
    ReferenceRecord* record = nullptr;
    std::string_view name = {};
    bool granted = false;
    bool silent = false;
    bool past_floor = true;
    Outside outside = {};
    std::optional<Reading> reading = {};
    double rate = 0;       // of its system clock over the master's raw clock
    double told_rate = 0;  // and over its own, as its kernel is told to let it run
};

class References {
  public:
    static constexpr Duration kMostError = 500ms;  // of one that is believed
    // Less than this no reading is believed to err, whatever its kernel states: phc2sys, for one,
    // states nothing and leaves it at 0.
    static constexpr Duration kLeastError = 100us;
    static constexpr Duration kProof = 30s;  // for so long it has to be in order
    static constexpr Duration kLongestProbation = 1h;

    // Before there is cluster time: `reading` is against any reference.
    struct Start {
        Reading reading;
        double rate = 0;
    };
    static constexpr Duration kSteadyFor = 20s;
    static std::optional<Start> agree_at_start(std::span<const ReferenceTestimony> all,
                                               RawTime now);

    // One round. Nothing: none is believed.
    std::optional<Duration> judge(std::span<const ReferenceTestimony> all, RawTime now);

    // Cluster time was moved, and they were not.
    static void cluster_time_moved(ReferenceRecord& record, Duration by);

    // Of the same that were believed the time before.
    bool same() const { return same_; }

    // Who is believed now need not prove itself when cluster time begins with it.
    static void admit(std::span<const ReferenceTestimony> all, RawTime now);

  private:
    std::vector<const ReferenceRecord*> believed_;
    bool same_ = false;
};

}  // namespace berkeley
