// Whose clock counts. A clock that leaves the agreement loses its vote at once, keeps being
// corrected, and is named with a reason; it counts again when it has behaved for a while.
#pragma once

#include <span>

#include "daemon/core/agree/ensemble.hpp"
#include "daemon/core/node/member.hpp"

namespace berkeley {

// The master's own clock before the jury.
struct OwnClock {
    EnsembleClock clock;
    Vote vote;
    bool votes = true;
    Verdict verdict;
    Verdict charge;  // what it was last excluded for
    RawTime counts_from;
};

// One sitting. `cluster` and `ensemble`: the master's, now. Returns for every member in turn
// whether its standing changed, through `changed`.
class Jury {
  public:
    explicit Jury(const Ensemble& ensemble) : ensemble_(ensemble) {}

    template <class Changed>
    void sit(std::span<Member* const> members, OwnClock& own, const TimeLine& cluster, RawTime now,
             Duration since_last, Changed changed) {
        const double common = common_change(members, own);
        judge_own(own, common, now);
        for (Member* member : members) {
            const MemberState state_before = member->state;
            const bool counted_before = member->clock.counted;
            judge(*member, common, cluster, now, since_last);
            if (member->state != state_before || member->clock.counted != counted_before) {
                changed(*member, state_before);
            }
        }
    }

  private:
    double common_change(std::span<Member* const> members, const OwnClock& own) const;
    void judge_own(OwnClock& own, double common, RawTime now) const;
    void judge(Member& member, double common, const TimeLine& cluster, RawTime now,
               Duration since_last) const;
    Verdict charge(const Member& member, double common, const TimeLine& cluster, RawTime now) const;
    void remember_rate(Member& member, Duration since_last) const;

    const Ensemble& ensemble_;
};

}  // namespace berkeley
