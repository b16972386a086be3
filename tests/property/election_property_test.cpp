// One candidate, whatever the others say to it, honest or not: it keeps its contracts, and its
// word.
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/core/election/allegiance.hpp"
#include "daemon/core/election/election.hpp"

namespace berkeley {
namespace {

constexpr std::array<NodeId, 5> kIds{NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}, NodeId{5}};
constexpr ElectionTiming kTiming = election_timing(1s);

// What it said and did, and what may not follow from that.
class Witness {
  public:
    explicit Witness(NodeId self) : self_(self) {}

    void note(const ElectionEvent& event) {
        if (const auto* written = std::get_if<MemoryWritten>(&event);
            written != nullptr && written->good && written->term == memory_.term) {
            on_disk_ = memory_;
        }
        const auto* heard = std::get_if<ElectionHeard>(&event);
        const auto* release = heard == nullptr ? nullptr : std::get_if<Release>(&heard->message);
        if (release != nullptr && heard->from == on_disk_.vote && release->term == on_disk_.term)
            bound_until_ = heard->now;
    }

    void note(const ElectionAction& action, SteadyTime now) {
        if (const auto* write = std::get_if<WriteMemory>(&action)) {
            RC_ASSERT(write->memory.term >= memory_.term);
            if (write->memory.vote != on_disk_.vote && write->memory.vote != self_)
                RC_ASSERT(now >= bound_until_);
            memory_ = write->memory;
        }
        const auto* sent = std::get_if<SendToCandidate>(&action);
        if (sent == nullptr)
            return;
        const auto* answer = std::get_if<VoteAnswer>(&sent->message);
        if (answer != nullptr && answer->binding && answer->granted) {
            RC_ASSERT(on_disk_.term == answer->term && on_disk_.vote == sent->to);
            vote(answer->term, sent->to);
        }
        const auto* wanted = std::get_if<VoteWanted>(&sent->message);
        if (wanted != nullptr && wanted->binding) {
            RC_ASSERT(on_disk_.term == wanted->term && on_disk_.vote == self_);
            vote(wanted->term, self_);
        }
    }

    // A promise runs from when it was asked for, which is when a request comes.
    void bound(SteadyTime until) { bound_until_ = std::max(bound_until_, until); }
    const ElectionMemory& on_disk() const { return on_disk_; }

  private:
    void vote(Term term, NodeId whom) {
        const auto [place, fresh] = votes_.try_emplace(term, whom);
        RC_ASSERT(place->second == whom);
    }

    NodeId self_;
    ElectionMemory memory_;
    ElectionMemory on_disk_;
    SteadyTime bound_until_;
    std::map<Term, NodeId> votes_;
};

SteadyTime near(SteadyTime now) {
    return now + Duration{*rc::gen::element<std::int64_t>(0, -1, 1, -1'000'000'000, 1'000'000'000)};
}

Fitness any_fitness() {
    return *rc::gen::element(Fitness::fit, Fitness::fit, Fitness::without_time, Fitness::barred);
}

ElectionMessage any_message(SteadyTime now, Term about) {
    const Term term = *rc::gen::weightedOneOf<Term>(
        {{6, rc::gen::inRange<Term>(about, about + 3)},
         {2, rc::gen::inRange<Term>(0, about + 1)},
         {1, rc::gen::elementOf(
                 std::vector<Term>{kLastTerm, kLastTerm + 1, ~Term{0}, about + (1U << 21)})}});
    const bool binding = *rc::gen::arbitrary<bool>();
    switch (*rc::gen::inRange(0, 8)) {
        case 0:
            return Release{term, *rc::gen::elementOf(kIds)};
        case 1:
        case 2:
        case 3:
            return VoteWanted{
                term, binding, near(now),
                *rc::gen::elementOf(std::vector<Duration>{kTiming.promise, kTiming.promise, 0ns,
                                                          -1ns, kLongestPromise, Duration::max()}),
                any_fitness()};
        default:
            return VoteAnswer{term,
                              binding,
                              near(now),
                              *rc::gen::arbitrary<bool>(),
                              *rc::gen::inRange<Term>(0, about + 2),
                              any_fitness()};
    }
}

ElectionEvent any_event(const Election& election, SteadyTime now) {
    const Term about = election.state().memory.term;
    const NodeId from = *rc::gen::elementOf(kIds);
    switch (*rc::gen::inRange(0, 12)) {
        case 0:
        case 1:
            return ElectionTimer{now};
        case 2:
        case 3:
            return MemoryWritten{now, about - *rc::gen::element<Term>(0, 0, 0, 1),
                                 *rc::gen::element(true, true, true, false)};
        case 4:
            return PollHeard{now, from, about};
        case 5:
            return PollAnswered{now,          from, near(now), about, *rc::gen::arbitrary<bool>(),
                                any_fitness()};
        case 6:
            return HandoverWanted{now, *rc::gen::element(NodeId{}, from)};
        case 7:
            if (*rc::gen::inRange(0, 4) == 0)
                return SteadyClockBroken{now};
            return FitnessChanged{now, any_fitness()};
        default:
            return ElectionHeard{now, from, any_message(now, about)};
    }
}

RC_GTEST_PROP(ElectionProperty, ACandidateKeepsItsWordWhateverItHears, ()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 6);
    const NodeId self = kIds[*rc::gen::inRange<std::size_t>(0, size)];
    Election election(Electorate({kIds.data(), size}), self, kTiming);
    Witness witness(self);
    SteadyTime now{1'000'000'000'000};
    election.handle(ElectionBegins{now, {}, Fitness::fit});
    for (int i = *rc::gen::inRange(1, 200); i > 0; --i) {
        now = now + Duration{*rc::gen::element<std::int64_t>(0, 1, 1'000'000, 250'000'000,
                                                             4'000'000'000)};
        const ElectionEvent event = any_event(election, now);
        witness.note(event);
        const bool led = election.leads(now);
        for (const ElectionAction& action : election.handle(event))
            witness.note(action, now);
        const ElectionState& state = election.state();
        RC_ASSERT(election.term() >= witness.on_disk().term);
        if (state.written && state.memory.vote != self)
            witness.bound(state.promise_until);
        if (std::holds_alternative<HandoverWanted>(event) && size > 1)
            RC_ASSERT(!led || !election.leads(now) ||
                      election.successor(std::get<HandoverWanted>(event).to, now) == NodeId{});
        RC_ASSERT(election.next_timer() >= SteadyTime{0});
        if (election.leads(now))
            RC_ASSERT(election.testimony() == (Testimony{election.term(), self}));
    }
}

// Whatever one candidate and its friends outside say, at any times: with less than a majority on
// its side no member follows it.
RC_GTEST_PROP(ElectionProperty, AMinorityWinsNobodysAllegiance, ()) {
    const auto size = *rc::gen::inRange<std::size_t>(2, 6);
    const Electorate electorate({kIds.data(), size});
    Allegiance allegiance(electorate, *rc::gen::inRange<Term>(0, 3));
    const std::size_t liars = *rc::gen::inRange<std::size_t>(1, electorate.majority());
    SteadyTime now{1'000'000'000'000};
    for (int i = *rc::gen::inRange(1, 100); i > 0; --i) {
        now = now + Duration{*rc::gen::element<std::int64_t>(0, 1'000'000'000)};
        const NodeId liar = kIds[*rc::gen::inRange<std::size_t>(0, liars)];
        const Term term = *rc::gen::inRange<Term>(0, 5);
        if (*rc::gen::arbitrary<bool>())
            allegiance.heard(liar, {term, kIds[*rc::gen::inRange<std::size_t>(0, liars)]}, now);
        else
            RC_ASSERT(allegiance.judge(liar, term, now) != Allegiance::Verdict::follow);
    }
}

}  // namespace
}  // namespace berkeley
