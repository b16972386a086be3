// What members tell of terms and epochs, and how far their master goes by it.
#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::master_settings;
using test::NodeBench;
using test::PlayedCluster;
using test::PlayedMember;

constexpr std::uint64_t kFar = std::uint64_t{1} << 62;

std::vector<PlayedMember::Shape> members(std::size_t count) {
    return std::vector<PlayedMember::Shape>(count);
}

void tell(PlayedMember& member, std::uint64_t term, std::uint64_t epoch) {
    member.tamper_header = [term, epoch](Header& header) {
        header.term = std::max(header.term, term);
        header.epoch = std::max(header.epoch, epoch);
    };
}

// ---- the one candidate

TEST(MasterTerms, OneMembersWordTakesAMasterThatFormsNothingYetAThousandTermsOn) {
    PlayedCluster cluster(master_settings(5), members(1));
    const Term before = cluster.bench.status().term;
    tell(*cluster.members[0], kFar, 0);
    cluster.join_all();
    cluster.bench.pass(60s);
    EXPECT_NE(cluster.bench.status().state, NodeState::synchronized);
    EXPECT_TRUE(credible(cluster.bench.status().term, before));
    EXPECT_EQ(cluster.bench.status().term, before + 1000);
}

TEST(MasterTerms, GoTowardsWhatMostKnowStepByStep) {
    PlayedCluster cluster(master_settings(3), members(2));
    cluster.join_all();
    cluster.bench.pass(10s);
    constexpr std::uint64_t kKnown = 3 * kMostAhead;
    tell(*cluster.members[0], kKnown, 0);
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.status().term, 1U) << "one alone may say anything";
    tell(*cluster.members[1], kKnown, 0);
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.status().term, 1 + kMostAhead);
    cluster.bench.pass(21min);
    EXPECT_EQ(cluster.bench.status().term, kKnown + 1);
}

TEST(MasterTerms, GoBeyondWhatSomeOfTheMajorityKnowByAThousandAtMost) {
    PlayedCluster cluster(master_settings(4), members(3));
    cluster.join_all();
    cluster.bench.pass(10s);
    tell(*cluster.members[0], kFar, 0);
    tell(*cluster.members[1], 7, 5);
    cluster.bench.pass(2s);
    EXPECT_EQ(cluster.bench.status().term, 7 + 1000 + 1U);
    EXPECT_EQ(cluster.bench.status().epoch, 1U);
}

TEST(MasterTerms, AreNotForMembersWithoutAVoteToTell) {
    PlayedCluster cluster(master_settings(2), members(3));
    for (const std::size_t mute : {0U, 1U}) {
        const std::string name = mute == 0 ? "m1" : "m2";
        cluster.members[mute]->granted = test::certificate_for(name, "master", "bench", false);
    }
    cluster.join_all();
    cluster.bench.pass(10s);
    ASSERT_EQ(cluster.bench.status().epoch, 1U);
    for (const std::size_t mute : {0U, 1U})
        tell(*cluster.members[mute], 9, 9);
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.status().epoch, 1U);
    tell(*cluster.members[2], 12, 12);
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.status().epoch, 1U) << "of one voice alone";
}

// ---- one of three candidates

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

TEST(MasterTerms, OfThreeCandidatesAreOutgrownOnTheWordOfTwoMembersOnce) {
    ElectedCluster cluster(2);
    const Term term = cluster.bench.status().term;
    for (const auto& member : cluster.members)
        tell(*member, term + 5, 0);
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::leads_no_more), 1U);
    EXPECT_GT(cluster.bench.status().term, term + 5);
    for (const auto& member : cluster.members)
        tell(*member, cluster.bench.status().term + 5, 0);
    cluster.bench.pass(5min);
    EXPECT_EQ(cluster.bench.reported(ReportKind::leads_no_more), 1U) << "and seldom";
}

// ---- a line of before

// One of its members knows another epoch, or says so.
TEST(MasterTerms, ThatAMemberNeverFollowsKeepTheBoundWideForFourHours) {
    PlayedCluster cluster(master_settings(5), test::four());
    cluster.join_all();
    cluster.bench.pass(60s);
    cluster.bench.feed(RawClockBroken{cluster.bench.now(), "suspended"});
    tell(*cluster.members[0], 0, 77);
    cluster.join_all();
    cluster.bench.pass(4h - 1min);
    const Duration with_doubt = *cluster.bench.status().bound;
    cluster.bench.pass(2min);
    EXPECT_LT(*cluster.bench.status().bound, with_doubt / 2);
}

}  // namespace
}  // namespace berkeley
