// A master Node, with its members played by hand.
#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::four;
using test::master_settings;
using test::NodeBench;
using test::PlayedCluster;
using test::PlayedMember;

// ---- joining

TEST(Master, AnswersAJoinWithAPollOfThatSession) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.members[0]->join();
    cluster.bench.pass(1ms);
    const auto polls = cluster.bench.sent_of<Poll>();
    ASSERT_EQ(polls.size(), 1U);
    EXPECT_NE(polls[0].reign, 0U);
    EXPECT_EQ(polls[0].sequence, 1U);
    EXPECT_FALSE(polls[0].correction.has_value());
    EXPECT_EQ(cluster.bench.sent[0].to, cluster.members[0]->address());
    EXPECT_EQ(cluster.bench.sent[0].header.from, id_of("master"));
    EXPECT_EQ(cluster.bench.sent[0].header.to, id_of("m1"));
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_joined), 1U);
}

TEST(Master, PollsANewMemberOftenAndAnOldOneSeldom) {
    PlayedCluster cluster(master_settings(2), {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(400ms);
    EXPECT_GE(cluster.members[0]->polls(), 7U);
    cluster.bench.pass(60s);
    const std::size_t before = cluster.members[0]->polls();
    cluster.bench.pass(60s);
    EXPECT_NEAR(static_cast<double>(cluster.members[0]->polls() - before), 60, 2);
}

TEST(Master, PollsAYoungMemberTheMoreWhileEveryExchangeTellsMuch) {
    NodeSettings settings = master_settings(2);
    settings.poll_max = 10s;
    PlayedCluster cluster(settings, {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(8s);
    EXPECT_GE(cluster.members[0]->polls(), 48U);
}

// Its members know its term from its own polls: that is no later one.
TEST(Master, TakesOneTermHoweverLongCannotBeFormed) {
    PlayedCluster cluster(master_settings(7), {PlayedMember::Shape{}, PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(20s);
    EXPECT_NE(cluster.bench.status().state, NodeState::synchronized);
    EXPECT_EQ(cluster.bench.status().term, 1U);
}

TEST(Master, PollsMembersApartThatJoinedTogether) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(60s);
    std::map<std::uint16_t, std::vector<RawTime>> polled;
    cluster.bench.on_send = [&cluster, &polled](const NodeBench::Sent& sent) {
        polled[sent.to.port].push_back(cluster.bench.raw());
        cluster.members[sent.to.port - 1U]->heard(sent);
    };
    cluster.bench.pass(60s);
    ASSERT_GE(polled[1].size(), 50U);
    std::size_t together = 0;
    for (const RawTime one : polled[1]) {
        together += std::ranges::any_of(polled[2], [one](RawTime other) {
            return std::abs((other - one).count()) < 2'000'000;
        });
    }
    EXPECT_LT(together, polled[1].size() / 4);
}

TEST(Master, AJoinThatNoReplyProvesKeepsNoMember) {
    PlayedCluster cluster(master_settings(1), {PlayedMember::Shape{}});
    cluster.bench.pass(10s);
    ASSERT_EQ(cluster.bench.status().state, NodeState::synchronized);
    cluster.members[0]->silent = true;
    cluster.members[0]->join();
    cluster.bench.pass(1s);
    EXPECT_EQ(cluster.bench.status().members, 1U);
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_joined), 0U);
    EXPECT_EQ(cluster.bench.node().members(cluster.bench.now()).size(), 1U);
}

TEST(Master, AReplayedJoinDoesNotDisturbAMember) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(70s);
    const MemberStatus before = cluster.bench.member("m1");
    ASSERT_EQ(before.state, MemberState::trusted);
    for (int i = 0; i < 3; ++i) {
        cluster.bench.receive(cluster.members[0]->joins[0], test::endpoint(666));
        cluster.bench.pass(5s);
    }
    const MemberStatus after = cluster.bench.member("m1");
    EXPECT_EQ(after.state, MemberState::trusted);
    EXPECT_EQ(after.counted, Counted::yes);
    EXPECT_EQ(after.address, cluster.members[0]->address());
    EXPECT_LE(*after.uncertainty, *before.uncertainty * 2);
}

Join join_of(std::string_view name) {
    Join join;
    join.session = 1;
    join.oscillator = 1;
    join.name = *NodeName::from(name);
    join.certificate = test::certificate_for(name);
    return join;
}

TEST(Master, ForgedJoinsAreMalformed) {
    NodeBench bench(master_settings(2));
    bench.start();
    bench.receive(join_of("m2"), "m1", test::endpoint(1));  // another's name
    Join join = join_of("m1");
    join.session = 0;
    bench.receive(join, "m1", test::endpoint(1));
    bench.receive(test::sealed(join_of("master"), "master", "master", 0, 0,
                               {.from_key = "m1", .to_key = "master"}),
                  test::endpoint(1));
    EXPECT_EQ(bench.tracking().dropped.malformed, 3U);
    EXPECT_TRUE(bench.sent.empty());
    EXPECT_EQ(bench.node().members(bench.now()).size(), 1U);
}

TEST(Master, AMemberIsHeldToItsOwnNameAndToWhatMembersSay) {
    PlayedCluster cluster(master_settings(2), {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(2s);
    const std::size_t sent = cluster.bench.sent.size();
    cluster.bench.receive(test::sealed(join_of("m2"), "m1", "master"), test::endpoint(1));
    Join join = join_of("m1");
    join.session = 0;
    cluster.bench.receive(test::sealed(join, "m1", "master"), test::endpoint(1));
    cluster.bench.receive(test::sealed(Poll{}, "m1", "master"), test::endpoint(1));
    cluster.bench.receive(test::sealed(Refusal{}, "m1", "master"), test::endpoint(1));
    EXPECT_EQ(cluster.bench.tracking().dropped.malformed, 4U);
    EXPECT_EQ(cluster.bench.sent.size(), sent);
}

TEST(Master, StrangersRepliesAndGoodbyesAreDropped) {
    NodeBench bench(master_settings(2));
    bench.start();
    Reply reply;
    reply.session = reply.reign = reply.sequence = 1;
    bench.receive(reply, "m1", test::endpoint(1));
    bench.receive(Leave{1, 1}, "m1", test::endpoint(1));
    bench.receive(Retry{1, 1}, "m1", test::endpoint(1));
    bench.receive(Poll{}, "m1", test::endpoint(1));
    bench.receive(test::sealed(reply, "m1", "somebody"), test::endpoint(1));
    EXPECT_EQ(bench.tracking().dropped.unknown_sender, 5U);
    EXPECT_TRUE(bench.sent.empty());
}

TEST(Master, TheTableHasALimitAndTheRestIsTurnedAway) {
    NodeSettings settings = master_settings(9);
    settings.max_members = 3;
    PlayedCluster cluster(settings, std::vector<PlayedMember::Shape>(5));
    cluster.join_all();
    cluster.bench.pass(1s);
    EXPECT_EQ(cluster.bench.status().members, 4U);
    EXPECT_EQ(cluster.bench.tracking().dropped.table_full, 2U);
    EXPECT_EQ(cluster.bench.reported(ReportKind::table_full), 2U);
    EXPECT_EQ(cluster.members[4]->polls(), 0U);
}

// ---- no more than one answer, and none larger

TEST(Master, AnswersADatagramWithAtMostOneOfTheSameSize) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(5s);
    std::vector<Datagram> heard = cluster.members[0]->joins;
    heard.insert(heard.end(), cluster.members[0]->replies.begin(),
                 cluster.members[0]->replies.end());
    for (const Datagram& datagram : heard) {
        const std::size_t before = cluster.bench.sent.size();
        cluster.bench.receive(datagram, test::endpoint(666));
        ASSERT_LE(cluster.bench.sent.size(), before + 1);
        ASSERT_EQ(sizeof(datagram), sizeof(cluster.bench.sent.back().bytes));
    }
}

TEST(Master, ReplayedRepliesAreDroppedAndDoNotMoveTheAddress) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(5s);
    const auto replayed = cluster.bench.tracking().dropped.replayed;
    const std::vector<Datagram> replies = cluster.members[0]->replies;
    const std::size_t sent = cluster.bench.sent.size();
    for (const Datagram& reply : replies)
        cluster.bench.receive(reply, test::endpoint(666));
    EXPECT_EQ(cluster.bench.tracking().dropped.replayed, replayed + replies.size());
    EXPECT_EQ(cluster.bench.sent.size(), sent);
    EXPECT_EQ(cluster.bench.member("m1").address, cluster.members[0]->address());
}

TEST(Master, RepliesOfAnEarlierReignAreDropped) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(5s);
    const std::vector<Datagram> replies = cluster.members[0]->replies;
    cluster.members[0]->silent = true;
    cluster.bench.feed(RawClockBroken{cluster.bench.now(), "suspended"});
    const auto unknown = cluster.bench.tracking().dropped.unknown_sender;
    for (const Datagram& reply : replies) {
        cluster.bench.receive(reply, cluster.members[0]->address());
    }
    EXPECT_EQ(cluster.bench.tracking().dropped.unknown_sender, unknown + replies.size());
}

// The Join that a replayed Reply would prove is a replay itself.
TEST(Master, AJoinAndItsReplyReplayedInALaterReignMakeNoMember) {
    PlayedCluster cluster(master_settings(1), {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(5s);
    const Datagram join = cluster.members[0]->joins[0];
    const Datagram reply = cluster.members[0]->replies[0];
    cluster.members[0]->silent = true;
    cluster.bench.feed(RawClockBroken{cluster.bench.now(), "suspended"});
    const std::size_t joined = cluster.bench.reported(ReportKind::member_joined);
    cluster.bench.receive(join, cluster.members[0]->address());
    cluster.bench.receive(reply, cluster.members[0]->address());
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_joined), joined);
    EXPECT_EQ(cluster.bench.status().members, 1U);
}

// ---- cluster time

TEST(Master, FormsClusterTimeFromAllAndTellsEachItsOwnCorrection) {
    PlayedCluster cluster(master_settings(5), four());
    const SystemTime start = cluster.bench.now().system;
    const RawTime began = cluster.bench.raw();
    cluster.join_all();
    cluster.bench.pass(2s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::cluster_formed), 1U);
    EXPECT_EQ(cluster.bench.status().epoch, 1U);
    EXPECT_EQ(cluster.bench.status().counted, 5U);
    // (3 − 4 + 8 − 7 + 0) / 5: the average is where the master's clock was.
    for (const auto& member : cluster.members) {
        ASSERT_TRUE(member->line().has_value());
        const RawTime raw = member->raw_at(cluster.bench.raw());
        const SystemTime expected = start + (cluster.bench.raw() - began);
        const Duration off{member->line()->line.at(raw).ns - expected.ns};
        EXPECT_NEAR(as_ns(off), 0, 200e3);
        EXPECT_GT(member->line()->bound, 0ns);
    }
}

TEST(Master, AllFollowOneTimeWithinTheirBounds) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(2s);
    for (int i = 0; i < 600; ++i) {
        cluster.bench.pass(777ms);
        const Moment now = cluster.bench.now();
        const auto own = cluster.bench.node().clock_standing(now);
        const std::int64_t ours = now.system.ns - own.offset->count();
        for (const auto& member : cluster.members) {
            const RawTime raw = member->raw_at(now.raw);
            const Duration apart{member->line()->line.at(raw).ns - ours};
            ASSERT_LE(std::abs(apart.count()),
                      member->line()->bound_at(raw).count() + own.bound->count());
        }
    }
    EXPECT_EQ(cluster.bench.status().state, NodeState::synchronized);
}

TEST(Master, WaitsForAMajorityOfTheExpectedAndSaysSo) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.members[0]->join();
    cluster.bench.pass(60s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::cluster_formed), 0U);
    EXPECT_EQ(cluster.bench.reported(ReportKind::waiting_for_voters), 1U);
    EXPECT_NE(cluster.bench.status().reason.find("2 of 5"), std::string::npos);
    EXPECT_FALSE(cluster.members[0]->line().has_value());
    cluster.members[1]->join();
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::cluster_formed), 1U);
}

TEST(Master, AClockAnHourWrongIsNamedWithItsReasonAndMovesNobody) {
    std::vector<PlayedMember::Shape> shapes = four();
    shapes[2].system_offset = 1h;
    shapes[2].obeys = false;
    PlayedCluster cluster(master_settings(5), shapes);
    cluster.join_all();
    cluster.bench.pass(10s);
    const MemberStatus wrong = cluster.bench.member("m3");
    EXPECT_EQ(wrong.state, MemberState::excluded);
    EXPECT_EQ(wrong.counted, Counted::no);
    EXPECT_NE(wrong.reason.find("off"), std::string::npos) << wrong.reason;
    EXPECT_NEAR(as_ns(*wrong.offset), 3600e9, 100e6);
    EXPECT_EQ(cluster.bench.status().counted, 4U);
    EXPECT_LT(std::abs(cluster.bench.status().offset->count()), 20'000'000);
    EXPECT_TRUE(cluster.bench.steps.empty());
}

TEST(Master, TwoClocksAnHourWrongTogetherMoveNobody) {
    std::vector<PlayedMember::Shape> shapes = four();
    shapes[1].system_offset = shapes[2].system_offset = 1h;
    PlayedCluster cluster(master_settings(5), shapes);
    cluster.join_all();
    cluster.bench.pass(2s);
    EXPECT_EQ(cluster.bench.member("m2").state, MemberState::excluded);
    EXPECT_EQ(cluster.bench.member("m3").state, MemberState::excluded);
    EXPECT_EQ(cluster.bench.status().counted, 3U);
    EXPECT_LT(std::abs(cluster.bench.status().offset->count()), 20'000'000);
}

TEST(Master, AnOscillatorThatJumpsLosesItsVoteAndGetsItBackAfterProbation) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(300s);
    ASSERT_EQ(cluster.bench.member("m2").counted, Counted::yes);
    cluster.members[1]->jump_rate(200 * kPpm);
    cluster.bench.pass(30s);
    const MemberStatus jumped = cluster.bench.member("m2");
    EXPECT_EQ(jumped.state, MemberState::excluded);
    EXPECT_EQ(jumped.counted, Counted::no);
    EXPECT_NE(jumped.reason.find("oscillator"), std::string::npos) << jumped.reason;
    EXPECT_EQ(cluster.bench.status().counted, 4U);
    EXPECT_LT(std::abs(cluster.bench.status().offset->count()), 1'000'000);
    cluster.bench.pass(600s);
    EXPECT_EQ(cluster.bench.member("m2").counted, Counted::yes);
}

// ---- coming and going

TEST(Master, ASilentMemberIsNamedAndReturns) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(60s);
    cluster.members[3]->silent = true;
    cluster.bench.pass(10s);
    const MemberStatus silent = cluster.bench.member("m4");
    EXPECT_EQ(silent.state, MemberState::silent);
    EXPECT_EQ(silent.counted, Counted::no);
    EXPECT_NE(silent.reason.find("no answer for"), std::string::npos);
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_silent), 1U);
    const Duration offset = *cluster.bench.status().offset;
    cluster.members[3]->silent = false;
    cluster.bench.pass(5s);
    EXPECT_EQ(cluster.bench.member("m4").state, MemberState::trusted);
    EXPECT_EQ(cluster.bench.member("m4").counted, Counted::yes);
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_returned), 1U);
    EXPECT_LT(std::abs((*cluster.bench.status().offset - offset).count()), 10'000);
}

TEST(Master, AMemberThatSaysGoodbyeIsPolledNoMore) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(10s);
    cluster.members[0]->leave();
    cluster.bench.pass(2s);
    EXPECT_EQ(cluster.bench.member("m1").state, MemberState::left);
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_left), 1U);
    const std::size_t polls = cluster.members[0]->polls();
    cluster.bench.pass(30s);
    EXPECT_EQ(cluster.members[0]->polls(), polls);
    cluster.members[0]->join();
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.member("m1").state, MemberState::trusted);
}

TEST(Master, AMemberWithABrokenRawClockIsMeasuredAnew) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(60s);
    cluster.members[0]->break_raw_clock();
    cluster.members[0]->jump_raw(-30s);
    cluster.members[0]->join();
    cluster.bench.pass(50ms);
    // What it is told now must not be drawn over the clock of before.
    EXPECT_FALSE(cluster.members[0]->last_poll().correction.has_value());
    cluster.bench.pass(10s);
    ASSERT_TRUE(cluster.members[0]->line().has_value());
    const Moment now = cluster.bench.now();
    const RawTime raw = cluster.members[0]->raw_at(now.raw);
    const Duration off{cluster.members[0]->line()->line.at(raw).ns - now.system.ns};
    EXPECT_LT(std::abs(off.count()), 10'000'000);
}

std::size_t breaks_when_all_members_seem_to_jump(Duration by) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(60s);
    for (auto& member : cluster.members)
        member->jump_raw(by);
    cluster.bench.pass(20s);
    return cluster.bench.reported(ReportKind::raw_clock_broken);
}

TEST(Master, ItsRawClockIsFoundOutByMostMembers) {
    EXPECT_EQ(breaks_when_all_members_seem_to_jump(1ms), 1U);
    EXPECT_EQ(breaks_when_all_members_seem_to_jump(-1ms), 1U);
}

// To give up its raw clock costs more, and such a jump may be the noise of a machine's stamps.
TEST(Master, AFewMicrosecondsAreNoReasonToGiveUpItsRawClock) {
    EXPECT_EQ(breaks_when_all_members_seem_to_jump(3us), 0U);
    EXPECT_EQ(breaks_when_all_members_seem_to_jump(-3us), 0U);
}

TEST(Master, ContinuesClusterTimeAfterARestart) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(60s);
    const SavedState saved = cluster.bench.node().saved_state(cluster.bench.now());
    EXPECT_EQ(saved.epoch, 1U);
    EXPECT_EQ(saved.roster.size(), 4U);
    const std::uint64_t term = cluster.bench.status().term;
    cluster.bench.feed(RawClockBroken{cluster.bench.now(), "suspended"});
    EXPECT_EQ(cluster.bench.sent_of<Leave>().size(), 4U);
    cluster.join_all();
    cluster.bench.pass(5s);
    EXPECT_EQ(cluster.bench.status().epoch, 1U);
    EXPECT_GT(cluster.bench.status().term, term);
    EXPECT_LT(std::abs(cluster.bench.status().offset->count()), 5'000'000);
    EXPECT_EQ(cluster.bench.reports.back().kind == ReportKind::cluster_formed ||
                  cluster.bench.reported(ReportKind::cluster_formed) == 2,
              true);
}

TEST(Master, SaysGoodbyeToAllWhenStopped) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(2s);
    cluster.bench.feed(StopRequested{cluster.bench.now()});
    EXPECT_EQ(cluster.bench.sent_of<Leave>().size(), 4U);
}

TEST(Master, TermsGrowWithEveryReignAndBeyondWhatMembersHold) {
    SavedState saved;
    saved.term = 41;
    PlayedCluster cluster(master_settings(2), {PlayedMember::Shape{}}, saved);
    EXPECT_EQ(cluster.bench.status().term, 42U);
    cluster.members[0]->tamper_header = [](Header& header) { header.term = 1'000; };
    cluster.join_all();
    cluster.bench.pass(1s);
    EXPECT_GT(cluster.bench.status().term, 1'000U);
}

TEST(Master, GivesNoWeightToAMemberWithoutAVoteWhateverItReplies) {
    PlayedCluster cluster(master_settings(2), std::vector<PlayedMember::Shape>(2));
    PlayedMember& greedy = *cluster.members[0];
    greedy.granted = test::certificate_for("m1", "master", "bench", false);
    greedy.tamper = [](Reply& reply) { reply.votes = true; };
    cluster.join_all();
    cluster.bench.pass(70s);
    EXPECT_EQ(cluster.bench.member("m1").counted, Counted::no);
    EXPECT_EQ(cluster.bench.member("m1").state, MemberState::trusted);
    EXPECT_EQ(cluster.bench.member("m1").reason, "it was admitted without a vote");
    EXPECT_EQ(cluster.bench.member("m2").counted, Counted::yes);
}

// An earlier master took it so far.
TEST(Master, GoesTowardsATermThatIsFarAwayUntilItIsAbove) {
    PlayedCluster cluster(master_settings(2), {PlayedMember::Shape{}});
    constexpr std::uint64_t kFar = 5 * kMostAhead;
    cluster.members[0]->tamper_header = [](Header& header) { header.term = kFar; };
    cluster.join_all();
    cluster.bench.pass(5ms);
    EXPECT_LE(cluster.bench.status().term, 3 * kMostAhead);  // by no more than that each time
    cluster.bench.pass(1s);
    EXPECT_GT(cluster.bench.status().term, kFar);
}

TEST(Master, GoesTowardsWhatMostKnowWhileItLeads) {
    PlayedCluster cluster(master_settings(3), std::vector<PlayedMember::Shape>(2));
    cluster.join_all();
    cluster.bench.pass(10s);
    constexpr std::uint64_t kFar = 5 * kMostAhead;
    cluster.members[0]->tamper_header = [](Header& header) { header.term = kFar; };
    cluster.bench.pass(10s);
    EXPECT_LT(cluster.bench.status().term, 4U);  // one alone may say anything
    cluster.members[1]->tamper_header = cluster.members[0]->tamper_header;
    cluster.bench.pass(10s);
    EXPECT_GT(cluster.bench.status().term, kFar);
}

}  // namespace
}  // namespace berkeley
