// One candidate of three, and what it is told and does.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/core/election/election.hpp"

namespace berkeley::test {

inline constexpr NodeId kA{1};
inline constexpr NodeId kB{2};
inline constexpr NodeId kC{3};
inline constexpr NodeId kStranger{99};
inline constexpr std::array<NodeId, 3> kThree{kA, kB, kC};
inline constexpr ElectionTiming kTiming = election_timing(1s);
inline constexpr SteadyTime kStart{1'000'000'000'000};

// One candidate of three, B unless told, that was elected once and is bound to nobody.
class ElectionBench {
  public:
    explicit ElectionBench(NodeId self = kB,
                           const ElectionMemory& memory = {5, kB, kTiming.promise},
                           Fitness fitness = Fitness::fit)
        : election_(Electorate(kThree), self, kTiming) {
        handle(ElectionBegins{now, memory, fitness});
    }

    void handle(const ElectionEvent& event) {
        const ElectionActions& done = election_.handle(event);
        actions.insert(actions.end(), done.begin(), done.end());
    }
    void hear(NodeId from, const ElectionMessage& message) {
        handle(ElectionHeard{now, from, message});
    }
    void timer() {
        now = std::max(now, election_.next_timer());
        handle(ElectionTimer{now});
    }
    void written(bool good = true) {
        handle(MemoryWritten{now, election_.state().memory.term, good});
    }
    void grant(NodeId from, bool binding) {
        hear(from,
             VoteAnswer{binding ? election_.state().memory.term : election_.state().campaign_term,
                        binding, now, true, 5, Fitness::fit});
    }
    // With C's vote.
    void be_elected() {
        timer();
        grant(kC, false);
        written();
        grant(kC, true);
        ASSERT_TRUE(election_.leads(now));
        actions.clear();
    }
    void poll_answered(NodeId from, SteadyTime asked_at, Fitness fitness = Fitness::fit) {
        handle(PollAnswered{now, from, asked_at, election_.term(), true, fitness});
    }

    template <class Kind>
    std::vector<Kind> taken() {
        std::vector<Kind> found;
        for (const ElectionAction& action : actions) {
            if (const auto* kind = std::get_if<Kind>(&action))
                found.push_back(*kind);
        }
        return found;
    }
    template <class Kind>
    std::vector<Kind> said(std::optional<NodeId> to = {}) {
        std::vector<Kind> found;
        for (const SendToCandidate& sent : taken<SendToCandidate>()) {
            const auto* kind = std::get_if<Kind>(&sent.message);
            if (kind != nullptr && (!to || sent.to == *to))
                found.push_back(*kind);
        }
        return found;
    }

    const Election& operator*() const { return election_; }
    const Election* operator->() const { return &election_; }

    SteadyTime now = kStart;
    ElectionActions actions;

  private:
    Election election_;
};

inline VoteWanted wants(Term term, bool binding, Fitness fitness = Fitness::fit) {
    return {term, binding, SteadyTime{777}, kTiming.promise, fitness};
}

}  // namespace berkeley::test
