// Who leads. Each candidate runs one of these: events in, actions out.
//
// What is safe whatever clocks, disks and wires do, as long as disks forget nothing: in one term at
// most one candidate leads, since nobody leads without the votes of a majority, and nobody votes
// twice in a term. What is safe while clocks keep to the allowance in timing.hpp: no two hold a
// lease at the same time. A machine that was paused does not know it: that is why followers go by
// terms, and leases only spare them the wait.
//
// A candidate whose disk forgot its votes (its memory has no term) votes for nobody until no
// election that it may have voted in can be under way any more, nor a lease that rests on it.
#pragma once

#include <optional>

#include "daemon/core/election/backing.hpp"
#include "daemon/core/election/electorate.hpp"
#include "daemon/core/election/event.hpp"
#include "daemon/core/election/outvotings.hpp"
#include "daemon/core/election/timing.hpp"

namespace berkeley {

enum class ElectionPhase : std::uint8_t {
    following,   // somebody, or waiting for somebody to stand
    canvassing,  // asking who would vote for us
    standing,    // in a term of our own
    leading,
};

// All that decides what a candidate does next: what the exhaustive search compares.
struct ElectionState {
    ElectionPhase phase = ElectionPhase::following;
    ElectionMemory memory;
    bool written = true;          // `memory` is on disk
    bool writing_failed = false;  // and is not being written any more
    Term term_on_disk = 0;        // of this memory or the one before

    SteadyTime promise_until;  // until then we vote for memory.vote alone
    // The latest request of memory.vote in this term: one that is not later is a replay.
    std::optional<SteadyTime> asked_at;
    // By rank, the same of those that canvassed.
    std::array<std::optional<SteadyTime>, kMostCandidates> canvassed_at{};

    Term campaign_term = 0;  // canvassed for
    SteadyTime campaign_since;
    Backing backing;

    SteadyTime due;           // what comes next in this phase
    Duration retry_wait{0};   // between canvasses
    Term heard_term = 0;      // the latest that other candidates told of
    Term confirmed_term = 0;  // the latest that somebody led in, by the word of a majority
    std::optional<SteadyTime> outvoted_at;
    Outvotings outvotings;

    struct Released {  // the others, not long ago
        NodeId successor;
        SteadyTime until;
    };
    std::optional<Released> released;
    struct Distrusted {
        NodeId who;
        SteadyTime until;
    };
    std::optional<Distrusted> distrusted;
    Fitness fitness = Fitness::without_time;
};

class Election {
  public:
    Election(const Electorate& electorate, NodeId self, const ElectionTiming& timing);

    // The first event is ElectionBegins. The actions stay valid until the next call.
    const ElectionActions& handle(const ElectionEvent& event);

    // When it wants an ElectionTimer; it does nothing if it comes early, and no harm if late.
    SteadyTime next_timer() const;

    // To be asked with the present time before anything is said as master.
    bool leads(SteadyTime now) const;

    // The latest in which it voted, as far as may be said: it is on disk.
    Term term() const { return state_.term_on_disk; }
    std::optional<Testimony> testimony() const;

    // Whether a Reply to that master is to say so.
    bool promises(NodeId master, Term term) const;
    bool distrusts(NodeId master) const {
        return state_.distrusted && state_.distrusted->who == master;
    }

    // Who would take over from us; nobody if `wanted` cannot, or nobody can.
    NodeId successor(NodeId wanted, SteadyTime now) const;

    const ElectionState& state() const { return state_; }

    // In succession.cpp: other candidates, one more or one less, of which we are one. Who leads
    // goes on, in its term, if a majority of the new ones stands by it; `newcomer`: the one more,
    // if it does.
    struct Newcomer {
        NodeId who;
        Backing::Backer backer;
    };
    bool leads_by(const Electorate& next, const std::optional<Newcomer>& newcomer,
                  SteadyTime now) const;
    void take_up(const Electorate& next, const std::optional<Newcomer>& newcomer);

  private:
    void take(const ElectionBegins& event);
    void take(const ElectionTimer& event);
    void take(const ElectionHeard& event);
    void take(const MemoryWritten& event);
    void take(const PollHeard& event);
    void take(const PollAnswered& event);
    void take(const TrustWithdrawn& event);
    void take(const LaterTermKnown& event);
    void take(const FitnessChanged& event);
    void take(const TimingChanged& event);
    void take(const HandoverWanted& event);
    void take(const ResignationWanted& event);
    void take(const SteadyClockBroken& event);

    void hear(NodeId from, const VoteWanted& wanted, SteadyTime now);
    void hear(NodeId from, const VoteAnswer& answer, SteadyTime now);
    void hear(NodeId from, const Release& release, SteadyTime now);

    bool would_vote(NodeId from, const VoteWanted& wanted, SteadyTime now) const;
    bool goes_before(NodeId other) const;
    void vote(NodeId from, const VoteWanted& wanted, SteadyTime now);
    void support(NodeId from, const VoteWanted& wanted, SteadyTime now);
    void answer(NodeId to, const VoteWanted& wanted, bool granted);
    void renew_promise(SteadyTime now);
    void write_memory();
    void written(SteadyTime now);

    void follow(SteadyTime earliest);
    void canvass(SteadyTime now);
    void stand(SteadyTime now);
    void back(NodeId from, const Backing::Backer& backer, SteadyTime now);
    void ask(bool binding, SteadyTime now);
    void lead_if_elected(SteadyTime now);
    void stop_leading(LeadingEnded why, SteadyTime now);
    void resign(LeadingEnded why, NodeId successor, SteadyTime now);
    void release(SteadyTime now);

    // In outvoted.cpp.
    void hear_of_later_vote(NodeId of, Term term, SteadyTime now);
    void ask_above(Term term, SteadyTime now);
    bool outvoted_lately(SteadyTime now) const;
    Term on_hearsay(Term told) const;

    Backing backing_by(const Electorate& next, const std::optional<Newcomer>& newcomer) const;
    bool backed(std::size_t rank, SteadyTime now, Duration within) const;
    std::optional<SteadyTime> lease_end(SteadyTime now) const;
    Term known_term() const { return std::max(state_.memory.term, state_.confirmed_term); }
    Term next_term() const { return std::max(state_.memory.term, state_.heard_term) + 1; }
    Duration turn() const;
    bool may_stand() const { return state_.fitness != Fitness::barred || alone(); }
    bool alone() const { return electorate_.size() == 1; }

    Electorate electorate_;
    NodeId self_;
    ElectionTiming timing_;
    ElectionState state_;
    ElectionActions actions_;
};

}  // namespace berkeley
