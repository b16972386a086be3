// The candidates change while one of them leads.
#include <algorithm>

#include "daemon/core/election/election.hpp"

namespace berkeley {

Election Election::leading_alone(NodeId self, const ElectionTiming& timing, Term term,
                                 Fitness fitness) {
    Election election(Electorate({&self, 1}), self, timing);
    election.state_.phase = ElectionPhase::leading;
    election.state_.memory = {term, self, timing.promise};
    election.state_.term_on_disk = term;
    election.state_.fitness = fitness;
    return election;
}

std::optional<Duration> Election::bound(SteadyTime now) const {
    if (state_.memory.term == 0 || state_.memory.vote == self_)
        return std::nullopt;
    return std::max<Duration>(state_.promise_until - now, 0ns);
}

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
    for (std::size_t rank = 0; rank < electorate_.size(); ++rank) {
        if (const auto then = next.rank_of(electorate_.all()[rank]))
            canvassed_at[*then] = state_.canvassed_at[rank];
    }
    state_.canvassed_at = canvassed_at;
    electorate_ = next;
}

}  // namespace berkeley
