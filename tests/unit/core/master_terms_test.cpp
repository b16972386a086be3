// What members tell of terms and epochs, and how far their master goes by it.
#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::master_settings;
using test::NodeBench;
using test::PlayedCluster;
using test::PlayedMember;

void tell(PlayedMember& member, std::uint64_t term, std::uint64_t epoch) {
    member.tamper_header = [term, epoch](Header& header) {
        header.term = std::max(header.term, term);
        header.epoch = std::max(header.epoch, epoch);
    };
}

// The two others vote for it, and one of them is a member.
struct ElectedCluster : PlayedCluster {
    explicit ElectedCluster(std::size_t with)
        : PlayedCluster(of_three(with + 2), std::vector<PlayedMember::Shape>(with)) {
        const auto to_members = bench.on_send;
        bench.on_send = [this, to_members](const NodeBench::Sent& sent) {
            to_members(sent);
            b.heard(sent);
            if (const auto* wanted = std::get_if<VoteWanted>(&sent.message))
                vote(*wanted, sent.header.to == id_of("b") ? "b" : "c");
        };
        std::uint16_t port = 90;
        for (const char* name : {"b", "c"})
            bench.feed(CandidateResolved{bench.now(), name, test::endpoint(++port)});
        for (int i = 0; i < 100 && bench.status().role != Role::master; ++i)
            bench.pass(100ms);
        b.join();
        join_all();
        bench.pass(10s);
        EXPECT_EQ(bench.status().state, NodeState::synchronized) << bench.status().reason;
    }

    void expect_reign_of(Term term) {
        EXPECT_EQ(bench.reported(ReportKind::leads_no_more), 0U);
        EXPECT_EQ(bench.status().term, term);
        EXPECT_EQ(bench.status().epoch, 1U);
    }

    PlayedMember b{bench, "b", 91, {}};

  private:
    static NodeSettings of_three(std::size_t expect) {
        NodeSettings settings = master_settings(expect);
        for (const char* other : {"b", "c"})
            settings.candidates.push_back({other, test::public_key(other)});
        return settings;
    }

    void vote(const VoteWanted& wanted, const std::string& from) {
        bench.plan(100us, [this, wanted, from] {
            const VoteAnswer answer{wanted.term,
                                    wanted.binding,
                                    wanted.asked_at,
                                    true,
                                    wanted.binding ? wanted.term : 0,
                                    Fitness::fit};
            bench.receive(test::sealed(answer, from, "master", 0, 0),
                          test::endpoint(from == "b" ? 91 : 92));
        });
    }
};

TEST(MasterTerms, AreNotForOneMemberOfThreeCandidatesToTell) {
    for (const bool votes : {true, false}) {
        ElectedCluster cluster(1);
        cluster.members[0]->granted = test::certificate_for("m1", "master", "bench", votes);
        cluster.join_all();
        cluster.bench.pass(5s);
        const Term term = cluster.bench.status().term;
        tell(*cluster.members[0], 0, std::uint64_t{1} << 63);
        cluster.bench.pass(10s);
        cluster.expect_reign_of(term);
        tell(*cluster.members[0], term + 5, 2);
        cluster.bench.pass(10s);
        cluster.expect_reign_of(term);
    }
}

TEST(MasterTerms, OfThreeCandidatesAreOutgrownOnTheWordOfTwoMembers) {
    ElectedCluster cluster(2);
    const Term term = cluster.bench.status().term;
    for (const auto& member : cluster.members)
        tell(*member, term + 5, 0);
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::leads_no_more), 1U);
    EXPECT_GT(cluster.bench.status().term, term + 5);
}

}  // namespace
}  // namespace berkeley
