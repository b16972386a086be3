// The candidates change while one of them leads.
#include "daemon/core/election/election.hpp"

namespace berkeley {

Backing Election::backing_by(const Electorate& next,
                             const std::optional<Newcomer>& newcomer) const {
    Backing backing;
    for (std::size_t rank = 0; rank < electorate_.size(); ++rank) {
        const auto& backer = state_.backing.of(rank);
        const auto then = next.rank_of(electorate_.all()[rank]);
        if (backer && then)
            backing.add(*then, *backer);
    }
    if (newcomer && newcomer->who != self_ && next.has(newcomer->who))
        backing.add(*next.rank_of(newcomer->who), newcomer->backer);
    return backing;
}

bool Election::leads_by(const Electorate& next, const std::optional<Newcomer>& newcomer,
                        SteadyTime now) const {
    if (!leads(now) || next.size() == 1 || !next.has(self_))
        return false;
    const auto since = backing_by(next, newcomer).of_majority_since(next.majority(), now);
    return since && now < *since + lease_under(state_.memory.promise);
}

void Election::take_up(const Electorate& next, const std::optional<Newcomer>& newcomer) {
    ensure(next.has(self_), "an election of a node that is no candidate");
    state_.backing = backing_by(next, newcomer);
    std::array<std::optional<SteadyTime>, kMostCandidates> canvassed_at{};
    Outvotings outvotings;
    for (std::size_t rank = 0; rank < electorate_.size(); ++rank) {
        if (const auto then = next.rank_of(electorate_.all()[rank])) {
            canvassed_at[*then] = state_.canvassed_at[rank];
            outvotings.set(*then, state_.outvotings.of(rank));
        }
    }
    state_.outvotings = outvotings;
    state_.canvassed_at = canvassed_at;
    electorate_ = next;
}

}  // namespace berkeley
