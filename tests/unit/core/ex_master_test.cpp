// A candidate that has formed cluster time as the master, and then loses its majority.
#include <gtest/gtest.h>

#include "daemon/core/measure/offset_guarantee.hpp"
#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::PlayedCluster;

NodeSettings of_three() {
    NodeSettings settings = test::master_settings(5);
    for (const char* other : {"m1", "m2"})
        settings.candidates.push_back({other, test::public_key(other)});
    return settings;
}

SavedState voted_for_itself() {
    SavedState saved;
    saved.term = 4;
    saved.election = {4, id_of("master"), 3500ms};
    return saved;
}

// With m1's and m2's votes; and its members have joined.
class Reign {
  public:
    Reign() : cluster(of_three(), test::four(), voted_for_itself()) {
        const auto play_members = cluster.bench.on_send;
        cluster.bench.on_send = [this, play_members](const test::NodeBench::Sent& sent) {
            play_members(sent);
            if (const auto* wanted = std::get_if<VoteWanted>(&sent.message))
                vote(sent.header.to == id_of("m1") ? 0 : 1, *wanted);
        };
        std::uint16_t port = 0;
        for (const char* other : {"m1", "m2"}) {
            cluster.bench.feed(
                CandidateResolved{cluster.bench.now(), other, test::endpoint(++port)});
            cluster.members[port - 1U]->tamper = [this](Reply& reply) {
                reply.standing = Standing{term(), true, Fitness::fit};
            };
        }
        cluster.bench.pass(5s);
        cluster.join_all();
        cluster.bench.pass(60s);
    }

    Term term() { return cluster.bench.status().term; }
    NodeStatus status() { return cluster.bench.status(); }

    PlayedCluster cluster;
    bool votes = true;

  private:
    void vote(std::size_t which, const VoteWanted& wanted) {
        if (!votes)
            return;
        const std::string name = which == 0 ? "m1" : "m2";
        const VoteAnswer answer{
            wanted.term, wanted.binding, wanted.asked_at, true, wanted.binding ? wanted.term : 0,
            Fitness::fit};
        cluster.bench.plan(100us, [this, which, name, answer] {
            cluster.bench.receive(test::sealed(answer, name, "master", 0, 0),
                                  cluster.members[which]->address());
        });
    }
};

// Its own ensemble turned slowly. Whoever leads next turns as he likes: what is held may be off by
// all that cluster time may turn.
TEST(ExMaster, HoldsALineWithTheWholeMarginForTurning) {
    Reign reign;
    ASSERT_EQ(reign.status().role, Role::master) << reign.status().reason;
    ASSERT_EQ(reign.status().state, NodeState::synchronized) << reign.status().reason;
    reign.votes = false;
    for (const auto& member : reign.cluster.members)
        member->silent = true;
    reign.cluster.bench.pass(5s);
    ASSERT_EQ(reign.status().role, Role::member);
    const Moment now = reign.cluster.bench.now();
    const auto held = reign.cluster.bench.node().saved_state(now).line;
    ASSERT_TRUE(held.has_value());
    const RawTime anchor = held->line.anchor;
    const Duration grown = held->bound_at(anchor + 10s) - held->bound_at(anchor);
    EXPECT_GE(grown, gained(10s, 2 * kRho + kTurnMargin)) << grown.count();
}

}  // namespace
}  // namespace berkeley
