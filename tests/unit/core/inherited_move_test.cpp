// A move of cluster time that a new master hears of: how far it believes one candidate.
#include <gtest/gtest.h>

#include "daemon/core/node/belief.hpp"
#include "tests/support/script_peer.hpp"
#include "tests/support/three_bench.hpp"

namespace berkeley {
namespace {

using test::ThreeBench;

constexpr std::uint64_t kEpoch = 4;
constexpr ClusterTime kAt{1'790'000'000'000'000'000};

SavedState of_epoch() {
    SavedState saved = test::voted(3, "a");
    saved.epoch = kEpoch;
    return saved;
}

// a, which was just elected and has formed nothing yet.
class AnHeir : public testing::Test {
  protected:
    AnHeir() : a("a", of_epoch()) {
        a.pass(5s);
        a.elect();
    }

    static HeldMove held() { return {{{3, kEpoch + 1}, kAt, 10s, MoveWay::step, false}, true}; }

    bool inherits(const HeldMove& told, std::string_view from = "b") {
        reply(from, told);
        EXPECT_NE(a.status().state, NodeState::synchronized);
        return a.node().saved_state(a.now()).move == told.move;
    }

    void reply(std::string_view from, const HeldMove& told) {
        Join join;
        join.session = ++sessions_;
        join.oscillator = 7;
        join.name = *NodeName::from(from);
        if (from[0] == 'm')
            join.certificate = test::certificate_for(from, "a");
        a.receive(join, from, test::endpoint(50));
        const auto polls = a.sent_to<Poll>(from);
        ASSERT_FALSE(polls.empty());
        test::ScriptPeer peer;
        peer.polled = polls.back();
        Reply answer = peer.honest_reply(a.now());
        answer.move = told;
        a.receive(test::sealed(answer, from, "a", 4, kEpoch), test::endpoint(50));
    }

    ThreeBench a;

  private:
    Session sessions_ = 0;
};

TEST_F(AnHeir, GoesOnWithAMoveThatOneCandidateTellsOf) {
    EXPECT_TRUE(inherits(held()));
}

TEST_F(AnHeir, HasItFromNobodyButACandidate) {
    EXPECT_FALSE(inherits(held(), "m1"));
}

TEST_F(AnHeir, WantsNoneThatIsRefused) {
    HeldMove refused = held();
    refused.accepted = false;
    EXPECT_FALSE(inherits(refused));
}

TEST_F(AnHeir, IsTakenNoFurtherThanByAMaster) {
    for (const Duration by : {Belief::kMostByEpochs + 1ns, -Belief::kMostByEpochs - 1ns}) {
        HeldMove far = held();
        far.move.by = by;
        EXPECT_FALSE(inherits(far)) << by.count();
    }
    HeldMove farthest = held();
    farthest.move.by = Belief::kMostByEpochs;
    EXPECT_TRUE(inherits(farthest));
}

TEST_F(AnHeir, BeginsNoEpochThatWasNorOneBeyondBelief) {
    for (const std::uint64_t epoch : {kEpoch, kEpoch + kMostAhead + 1}) {
        HeldMove other = held();
        other.move.id.epoch = epoch;
        EXPECT_FALSE(inherits(other)) << epoch;
    }
    HeldMove farthest = held();
    farthest.move.id.epoch = kEpoch + kMostAhead;
    EXPECT_TRUE(inherits(farthest));
}

TEST_F(AnHeir, LeavesNoClockBeyondWhatClocksRead) {
    HeldMove late = held();
    late.move.at = ClusterTime{kEnd<ClusterClock>} - 1s;
    EXPECT_FALSE(inherits(late));
}

}  // namespace
}  // namespace berkeley
