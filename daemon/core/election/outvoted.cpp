// A master that is told of a later term than its own.
#include <algorithm>

#include "daemon/core/election/election.hpp"

namespace berkeley {
namespace {

// So far a master that leads no more goes above its own term on one candidate's word: it would take
// a liar years to leave behind, by more than is credible, one who was away meanwhile.
constexpr Term kFarthestOnHearsay = 32;
// And on that of most members, which is asked for in Leading.
constexpr Term kFarthestByMembers = 1000;

}  // namespace

void Election::take(const LaterTermKnown& event) {
    const Term own = state_.memory.term;
    if (state_.phase == ElectionPhase::leading && event.term > own && !outvoted_lately(event.now))
        ask_above(std::min(event.term, own + kFarthestByMembers), event.now);
}

// Some candidate's vote is in a later term. Either it was for one who was not elected, and it
// cannot come back into ours; or another leads by now, and it is we who were away, perhaps without
// knowing. The others know. One that says so again and again does not keep us from leading.
void Election::hear_of_later_vote(NodeId of, Term term, SteadyTime now) {
    const std::size_t rank = *electorate_.rank_of(of);
    if (outvoted_lately(now) || !state_.outvotings.heeds(rank, now))
        return;
    state_.outvotings.note(rank, now, state_.memory.promise);
    ask_above(on_hearsay(term), now);
}

void Election::ask_above(Term term, SteadyTime now) {
    state_.outvoted_at = now;
    state_.heard_term = term;
    stop_leading(LeadingEnded::outvoted, now);
    follow(now);
    canvass(now);
}

bool Election::outvoted_lately(SteadyTime now) const {
    return state_.outvoted_at && now - *state_.outvoted_at < state_.memory.promise;
}

Term Election::on_hearsay(Term told) const {
    return std::min(told, state_.memory.term + kFarthestOnHearsay);
}

}  // namespace berkeley
