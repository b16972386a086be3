#include "daemon/core/election/election.hpp"

#include <algorithm>

#include "daemon/core/wire/messages.hpp"

namespace berkeley {
namespace {

constexpr SteadyTime kNever{kEnd<SteadyClock>};

bool sound(const VoteWanted& wanted, Term known) {
    return wanted.term > 0 && wanted.term <= kLastTerm && credible(wanted.term, known) &&
           wanted.promise > 0ns && wanted.promise <= kLongestPromise;
}

}  // namespace

Election::Election(const Electorate& electorate, NodeId self, const ElectionTiming& timing)
    : electorate_(electorate), self_(self), timing_(timing) {
    ensure(electorate.has(self), "an election of a node that is no candidate");
}

const ElectionActions& Election::handle(const ElectionEvent& event) {
    actions_.clear();
    std::visit(
        [this](const auto& each) {
            if constexpr (requires { each.now; }) {
                if (state_.phase == ElectionPhase::leading && !leads(each.now)) {
                    stop_leading(LeadingEnded::lost_majority, each.now);
                    follow(each.now);
                }
                if (state_.distrusted && each.now >= state_.distrusted->until)
                    state_.distrusted.reset();
            }
            take(each);
        },
        event);
    return actions_;
}

// ---- events

void Election::take(const ElectionBegins& event) {
    state_ = {};
    state_.memory = event.memory;
    state_.term_on_disk = event.memory.term;
    state_.confirmed_term = event.confirmed_term;
    state_.fitness = event.fitness;
    take(SteadyClockBroken{event.now});
}

// What was promised before, and how long ago, is not known any more: it is waited out whole. But
// whoever voted for himself had no other promise left.
void Election::take(const SteadyClockBroken& event) {
    if (state_.phase == ElectionPhase::leading)
        resign(LeadingEnded::resigned, {}, event.now);
    const ElectionMemory& memory = state_.memory;
    state_.outvoted_at.reset();
    state_.outvotings = {};
    state_.distrusted.reset();
    state_.promise_until = event.now;
    if (memory.term == 0 && !alone()) {
        state_.promise_until = event.now + timing_.promise + timing_.campaign;
    } else if (memory.vote != self_ && !alone()) {
        state_.promise_until = event.now + memory.promise;
    }
    follow(state_.promise_until);
}

void Election::take(const ElectionTimer& event) {
    if (event.now < next_timer())
        return;
    switch (state_.phase) {
        case ElectionPhase::following:
        case ElectionPhase::canvassing:
            if (state_.released && event.now < state_.released->until)
                release(event.now);
            else if (may_stand())
                canvass(event.now);
            else
                state_.released.reset();
            break;
        case ElectionPhase::standing:
            if (event.now >= state_.promise_until) {
                follow(event.now);
            } else {
                ask(true, event.now);
                state_.due = event.now + timing_.stagger;
            }
            break;
        case ElectionPhase::leading:
            ask(true, event.now);
            state_.due = event.now + state_.memory.promise / 4;
            break;
    }
}

void Election::take(const ElectionHeard& event) {
    if (event.from == self_ || !electorate_.has(event.from))
        return;
    std::visit([this, &event](const auto& message) { hear(event.from, message, event.now); },
               event.message);
}

void Election::take(const MemoryWritten& event) {
    if (state_.written || event.term != state_.memory.term)
        return;
    if (event.good) {
        written(event.now);
        return;
    }
    state_.writing_failed = true;
    if (state_.phase == ElectionPhase::standing)
        follow(event.now + timing_.campaign);
}

void Election::take(const PollHeard& event) {
    if (event.confirmed)
        state_.confirmed_term = std::max(state_.confirmed_term, event.term);
    if (event.from != self_ && promises(event.from, event.term))
        renew_promise(event.now);
}

void Election::take(const PollAnswered& event) {
    if (state_.phase != ElectionPhase::leading || !electorate_.has(event.from))
        return;
    if (event.term == state_.memory.term && event.promises)
        back(event.from, {event.asked_at, event.fitness}, event.now);
    else if (event.term > state_.memory.term)
        hear_of_later_vote(event.from, event.term, event.now);
}

void Election::take(const TrustWithdrawn& event) {
    if (event.from != self_ && electorate_.has(event.from))
        state_.distrusted = {event.from, event.now + event.lasts};
}

void Election::take(const FitnessChanged& event) {
    if (event.fitness == state_.fitness)
        return;
    state_.fitness = event.fitness;
    const bool barred = !may_stand();
    if (state_.phase == ElectionPhase::leading && barred)
        resign(LeadingEnded::resigned, successor({}, event.now), event.now);
    else if (state_.phase == ElectionPhase::following || barred)
        follow(std::max(event.now, state_.promise_until));
}

void Election::take(const TimingChanged& event) {
    timing_ = event.timing;
}

void Election::take(const HandoverWanted& event) {
    const NodeId to = successor(event.to, event.now);
    if (to != NodeId{})
        resign(LeadingEnded::handed_over, to, event.now);
}

void Election::take(const ResignationWanted& event) {
    if (state_.phase == ElectionPhase::leading)
        resign(LeadingEnded::resigned, {}, event.now);
}

// ---- voting

void Election::hear(NodeId from, const VoteWanted& wanted, SteadyTime now) {
    if (!sound(wanted, known_term()))
        return;
    const bool granted = would_vote(from, wanted, now);
    if (granted && wanted.binding) {
        vote(from, wanted, now);
        return;
    }
    answer(from, wanted, granted);
    if (granted)
        support(from, wanted, now);
}

// One that would vote for another does not stand against him, for a while; but not because somebody
// replays what he once asked.
void Election::support(NodeId from, const VoteWanted& wanted, SteadyTime now) {
    std::optional<SteadyTime>& last = state_.canvassed_at[*electorate_.rank_of(from)];
    if (last && wanted.asked_at <= *last)
        return;
    last = wanted.asked_at;
    if (state_.phase == ElectionPhase::canvassing)
        follow(now + timing_.stagger);
    else if (state_.phase == ElectionPhase::following)
        state_.due = std::max(state_.due, now + timing_.stagger);
}

bool Election::would_vote(NodeId from, const VoteWanted& wanted, SteadyTime now) const {
    const ElectionMemory& memory = state_.memory;
    if (distrusts(from))
        return false;
    if (wanted.term == memory.term)
        return memory.vote == from;
    if (wanted.term < memory.term || state_.phase == ElectionPhase::leading)
        return false;
    if (now < state_.promise_until && memory.vote != from)
        return false;
    const bool fitter = state_.fitness != Fitness::fit && wanted.fitness == Fitness::fit;
    if (!wanted.binding && state_.phase == ElectionPhase::canvassing && goes_before(from) &&
        !fitter && now - state_.campaign_since < timing_.stagger)
        return false;
    return state_.fitness != Fitness::fit || wanted.fitness == Fitness::fit;
}

// Of two that ask for each other's support at once, one is to have it. Not for long: the one that
// goes before may hear fewer of the others.
bool Election::goes_before(NodeId other) const {
    return electorate_.rank_of(self_) < electorate_.rank_of(other);
}

void Election::vote(NodeId from, const VoteWanted& wanted, SteadyTime now) {
    const bool again = wanted.term == state_.memory.term;
    const bool replayed = again && state_.asked_at && wanted.asked_at <= *state_.asked_at;
    if (!again)
        state_.memory = {wanted.term, from, wanted.promise};
    if (!replayed) {
        state_.asked_at = wanted.asked_at;
        renew_promise(now);
    }
    if (again && state_.written) {
        answer(from, wanted, true);
        return;
    }
    if (!again || state_.writing_failed)
        write_memory();
}

void Election::answer(NodeId to, const VoteWanted& wanted, bool granted) {
    actions_.emplace_back(
        SendToCandidate{to, VoteAnswer{wanted.term, wanted.binding, wanted.asked_at, granted,
                                       state_.term_on_disk, state_.fitness}});
}

void Election::renew_promise(SteadyTime now) {
    state_.promise_until = std::max(state_.promise_until, now + state_.memory.promise);
    follow(state_.promise_until);
}

void Election::write_memory() {
    state_.written = false;
    state_.writing_failed = false;
    actions_.emplace_back(WriteMemory{state_.memory});
}

void Election::written(SteadyTime now) {
    const ElectionMemory& memory = state_.memory;
    state_.written = true;
    state_.term_on_disk = memory.term;
    if (state_.phase == ElectionPhase::standing) {
        state_.campaign_since = now;
        state_.due = now + timing_.stagger;
        ask(true, now);
        lead_if_elected(now);
    } else if (memory.vote != self_ && !distrusts(memory.vote)) {
        answer(memory.vote, {memory.term, true, *state_.asked_at, memory.promise, {}}, true);
    }
}

void Election::hear(NodeId from, const Release& release, SteadyTime now) {
    const ElectionMemory& memory = state_.memory;
    if (memory.term != release.term || memory.vote != from || now >= state_.promise_until)
        return;
    state_.promise_until = now;
    if (release.successor == self_ && may_stand())
        stand(now);
    else
        follow(release.successor == NodeId{} ? now : now + timing_.campaign);
}

// ---- standing

// The next to do, if nobody is heard meanwhile, is to stand.
void Election::follow(SteadyTime earliest) {
    state_.phase = ElectionPhase::following;
    state_.backing.clear();
    state_.retry_wait = 0ns;
    state_.released.reset();
    state_.due = earliest + turn();
}

// Whom we voted for and lost has no turn before us.
Duration Election::turn() const {
    std::int64_t before = 0;
    for (const NodeId candidate : electorate_.all()) {
        if (candidate == self_)
            break;
        before += candidate == state_.memory.vote ? 0 : 1;
    }
    if (state_.fitness != Fitness::fit)
        before += static_cast<std::int64_t>(electorate_.size());
    return alone() ? 0ns : before * timing_.stagger;
}

void Election::canvass(SteadyTime now) {
    ensure(now >= state_.promise_until, "a candidate that stands while it is bound to another");
    if (alone()) {
        stand(now);
        return;
    }
    state_.phase = ElectionPhase::canvassing;
    state_.backing.clear();
    state_.campaign_term = next_term();
    state_.campaign_since = now;
    // Those it asks may be bound a little longer than it was itself.
    state_.retry_wait = state_.retry_wait == 0ns ? timing_.stagger
                                                 : std::min(state_.retry_wait + timing_.stagger / 2,
                                                            timing_.promise / 2);
    state_.due = now + state_.retry_wait;
    ask(false, now);
}

void Election::stand(SteadyTime now) {
    state_.phase = ElectionPhase::standing;
    state_.backing.clear();
    state_.memory = {next_term(), self_, timing_.promise};
    state_.promise_until = now + timing_.campaign;
    state_.due = state_.promise_until;
    write_memory();
}

// Those who do not stand by us, or may soon do so no more.
void Election::ask(bool binding, SteadyTime now) {
    const Term term = binding ? state_.memory.term : state_.campaign_term;
    const Duration promise = binding ? state_.memory.promise : timing_.promise;
    for (std::size_t rank = 0; rank < electorate_.size(); ++rank) {
        const NodeId candidate = electorate_.all()[rank];
        if (candidate == self_ || backed(rank, now, lease_under(promise) / 2))
            continue;
        actions_.emplace_back(
            SendToCandidate{candidate, VoteWanted{term, binding, now, promise, state_.fitness}});
    }
}

void Election::hear(NodeId from, const VoteAnswer& answer, SteadyTime now) {
    const Backing::Backer backer{answer.asked_at, answer.fitness};
    if (state_.phase == ElectionPhase::canvassing && credible(answer.known, known_term())) {
        const Term known = outvoted_lately(now) ? on_hearsay(answer.known) : answer.known;
        state_.heard_term = std::max(state_.heard_term, known);
    }
    if (!answer.granted) {
        if (state_.phase == ElectionPhase::leading && answer.known > state_.memory.term)
            hear_of_later_vote(from, answer.known, now);
        return;
    }
    const bool canvassing = state_.phase == ElectionPhase::canvassing && !answer.binding &&
                            answer.term == state_.campaign_term;
    const bool voting =
        (state_.phase == ElectionPhase::standing || state_.phase == ElectionPhase::leading) &&
        answer.binding && answer.term == state_.memory.term;
    if (canvassing || voting)
        back(from, backer, now);
}

void Election::back(NodeId from, const Backing::Backer& backer, SteadyTime now) {
    if (backer.asked_at < state_.campaign_since || backer.asked_at > now)
        return;
    state_.backing.add(*electorate_.rank_of(from), backer);
    if (state_.phase != ElectionPhase::canvassing) {
        lead_if_elected(now);
    } else if (state_.backing.of_majority_since(electorate_.majority(), now)) {
        stand(now);
    }
}

// ---- leading

void Election::lead_if_elected(SteadyTime now) {
    const auto end = lease_end(now);
    if (state_.phase != ElectionPhase::standing || !state_.written || !end || now >= *end)
        return;
    state_.phase = ElectionPhase::leading;
    state_.due = now + state_.memory.promise / 4;
    actions_.emplace_back(BeginLeading{state_.memory.term});
}

bool Election::leads(SteadyTime now) const {
    return state_.phase == ElectionPhase::leading && now < lease_end(now).value_or(now);
}

std::optional<SteadyTime> Election::lease_end(SteadyTime now) const {
    if (alone())
        return kNever;
    const auto since = state_.backing.of_majority_since(electorate_.majority(), now);
    if (!since)
        return std::nullopt;
    return *since + lease_under(state_.memory.promise);
}

void Election::stop_leading(LeadingEnded why, SteadyTime now) {
    state_.promise_until = now;
    actions_.emplace_back(StopLeading{why});
}

void Election::resign(LeadingEnded why, NodeId successor, SteadyTime now) {
    stop_leading(why, now);
    follow(now);
    if (alone())
        return;
    state_.released = {successor, now + timing_.campaign + turn()};
    release(now);
}

// Again and again, until it is voted for somebody: a datagram may be lost.
void Election::release(SteadyTime now) {
    for (const NodeId candidate : electorate_.all()) {
        if (candidate != self_)
            actions_.emplace_back(SendToCandidate{
                candidate, Release{state_.memory.term, state_.released->successor}});
    }
    state_.due = now + timing_.stagger;
}

bool Election::backed(std::size_t rank, SteadyTime now, Duration within) const {
    const auto& backer = state_.backing.of(rank);
    return backer && now - backer->asked_at < within;
}

NodeId Election::successor(NodeId wanted, SteadyTime now) const {
    if (!leads(now))
        return {};
    for (std::size_t rank = 0; rank < electorate_.size(); ++rank) {
        const NodeId candidate = electorate_.all()[rank];
        if (wanted != NodeId{} && candidate != wanted)
            continue;
        if (backed(rank, now, lease_under(state_.memory.promise)) &&
            state_.backing.of(rank)->fitness == Fitness::fit) {
            return candidate;
        }
    }
    return {};
}

// ---- accounts

SteadyTime Election::next_timer() const {
    switch (state_.phase) {
        case ElectionPhase::following:
        case ElectionPhase::canvassing:
            return may_stand() || state_.released ? state_.due : kNever;
        case ElectionPhase::standing:
            return std::min(state_.due, state_.promise_until);
        case ElectionPhase::leading:
            break;
    }
    return alone() ? kNever : std::min(state_.due, lease_end(state_.due).value_or(state_.due));
}

bool Election::promises(NodeId master, Term term) const {
    return state_.written && state_.memory.term == term && term > 0 &&
           state_.memory.vote == master && !distrusts(master);
}

std::optional<Testimony> Election::testimony() const {
    if (!state_.written || state_.memory.term == 0 || distrusts(state_.memory.vote))
        return std::nullopt;
    return Testimony{state_.memory.term, state_.memory.vote};
}

}  // namespace berkeley
