// Two candidates that ask for each other's support at once.
#include <gtest/gtest.h>

#include "daemon/core/election/election.hpp"

namespace berkeley {
namespace {

constexpr NodeId kA{1}, kB{2};
constexpr SteadyTime kStart{1'000'000'000'000};
constexpr ElectionTiming kTiming = election_timing(1s);

// Whether a, who canvasses, would vote for b, who asks shortly after.
bool supports(Fitness own, Fitness others) {
    Election a(Electorate(std::vector<NodeId>{kA, kB}), kA, kTiming);
    a.handle(ElectionBegins{kStart, {1, kA, kTiming.promise}, own});
    const SteadyTime canvasses = a.next_timer();
    a.handle(ElectionTimer{canvasses});
    EXPECT_EQ(a.state().phase, ElectionPhase::canvassing);
    const SteadyTime later = canvasses + kTiming.stagger / 2;
    const ElectionActions& actions = a.handle(ElectionHeard{
        later, kB, VoteWanted{a.state().campaign_term, false, later, kTiming.promise, others}});
    for (const ElectionAction& action : actions) {
        const auto* sent = std::get_if<SendToCandidate>(&action);
        const auto* answer = sent ? std::get_if<VoteAnswer>(&sent->message) : nullptr;
        if (answer != nullptr)
            return answer->granted;
    }
    ADD_FAILURE() << "no answer";
    return false;
}

TEST(ElectionFitness, WhoGoesBeforeIsToHaveTheSupport) {
    EXPECT_FALSE(supports(Fitness::fit, Fitness::fit));
    EXPECT_FALSE(supports(Fitness::without_time, Fitness::without_time));
}

// The other does not support it, for lack of time: if neither yields, they ask in step for ever.
TEST(ElectionFitness, WhoKnowsTheTimeGoesBeforeWhoDoesNot) {
    EXPECT_TRUE(supports(Fitness::without_time, Fitness::fit));
}

}  // namespace
}  // namespace berkeley
