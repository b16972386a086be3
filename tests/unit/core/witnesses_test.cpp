// What a node makes of what other candidates are told; and what a candidate does about it.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "daemon/core/node/following.hpp"
#include "tests/support/three_bench.hpp"

namespace berkeley {
namespace {

using test::endpoint;
using test::ThreeBench;
using test::voted;

constexpr Term kTerm = 6;

// It follows a, in a term that b and c have confirmed.
class Follower : public ThreeBench {
  public:
    explicit Follower(const std::string& name = "m1") : ThreeBench(name, voted(kTerm, "a")) {
        pass(1ms);
        session_ = sent_to<Join>("a").at(0).session;
        for (const char* other : {"b", "c"}) {
            if (name != other)
                tell(other, Direction{sent_to<Join>(other).back().session, {kTerm, id_of("a")}});
        }
        poll();
        ensure(status().master == "a", "it follows a");
        on_send = [this](const Sent& each) {
            if (const auto* inquiry = std::get_if<Inquiry>(&each.message))
                answer(each.header.to == id_of("b") ? "b" : "c", *inquiry);
        };
    }

    void poll() {
        Poll poll;
        poll.session = session_;
        poll.reign = 77;
        poll.sequence = ++sequence_;
        poll.next_poll = 1s;
        poll.calendar.leaps = leaps;
        poll.correction = BoundedLine{{raw(), cluster_now(), 0}, 100us, 120 * kPpm, 1us};
        tell("a", poll, kTerm, 1);
    }
    void polls(int count) {
        for (; count > 0; --count) {
            pass(1s);
            poll();
        }
        pass(500ms);
    }

    // Where a has told the others that cluster time is, against what it tells this node.
    std::map<std::string_view, Duration> told;
    bool believed = true;  // they go by that
    Term term_told = kTerm;
    std::map<std::string_view, std::vector<Inquiry>> asked;

    std::int8_t leaps = 0;  // as a counts them

    // Cluster time went on by this while this node's raw clock stood still.
    Duration missed{0};

  private:
    ClusterTime cluster_now() const {
        return ClusterTime{test::kBenchStart.ns} + (raw() - RawTime{}) + missed +
               std::chrono::seconds(leaps);
    }
    void answer(std::string_view who, const Inquiry& inquiry) {
        asked[who].push_back(inquiry);
        const auto says = told.find(who);
        if (says == told.end())
            return;
        const Sighting sighting{inquiry.session,
                                Told{term_told, 1, cluster_now() + says->second, 100us, believed}};
        plan(1ms, [this, who, sighting] { tell(who, sighting, kTerm, 1); });
    }

    Session session_ = 0;
    Sequence sequence_ = 0;
};

TEST(Witnesses, AreAskedInTurnOnceInThirtyTwoPolls) {
    Follower node;
    node.told = {{"b", 0us}, {"c", 0us}};
    node.polls(3200);
    EXPECT_EQ(node.asked.size(), 2U) << "and never the master";
    EXPECT_NEAR(static_cast<double>(node.asked["b"].size()), 50, 5);
    EXPECT_NEAR(static_cast<double>(node.asked["c"].size()), 50, 5);
    EXPECT_EQ(node.asked["b"].back().opinion, (Opinion{kTerm, Judgement::agrees}));
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 0U);
}

TEST(Witnesses, ThatContradictAreNamedAfterThreeTimesInARow) {
    Follower node;
    node.told = {{"b", 5ms}, {"c", 0us}};
    while (node.asked["b"].size() < 2)
        node.polls(1);
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 0U);
    node.polls(2);
    ASSERT_EQ(node.asked["b"].size(), 3U);
    ASSERT_EQ(node.reported(ReportKind::master_contradicted), 1U);
    const auto report =
        std::ranges::find(node.reports, ReportKind::master_contradicted, &Report::kind);
    EXPECT_EQ(report->subject, "b");
    EXPECT_EQ(report->detail, "a");
    EXPECT_NEAR(static_cast<double>(report->amount.count()), 3'750'000, 200'000);
    EXPECT_NE(node.status().reason.find("b is told by a what contradicts"), std::string::npos)
        << node.status().reason;
    node.polls(200);
    EXPECT_EQ(node.asked["b"].back().opinion, (Opinion{kTerm, Judgement::contradicts}));
    EXPECT_EQ(node.asked["c"].back().opinion, (Opinion{kTerm, Judgement::agrees}));
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 1U);
    EXPECT_EQ(node.tracking().corrections_refused, 0U) << "one of the two may lie";
    node.told["b"] = 0us;
    node.polls(100);
    EXPECT_EQ(node.status().reason.find("contradicts"), std::string::npos);
}

TEST(Witnesses, AreBelievedWithinTheBoundsOfBoth) {
    Follower node;
    node.told = {{"b", 190us}, {"c", -190us}};
    node.polls(500);
    EXPECT_EQ(node.asked["b"].back().opinion.judgement, Judgement::agrees);
    EXPECT_EQ(node.asked["c"].back().opinion.judgement, Judgement::agrees);
}

// b and c come to the leap second later, or their words of before it come later.
TEST(Witnesses, TellNothingOfTheMasterAroundALeapSecond) {
    Follower node;
    node.told = {{"b", 5ms}, {"c", 0us}};
    while (node.asked["b"].empty())
        node.polls(1);
    node.leaps = -1;
    node.told = {{"b", 1s}, {"c", 1s}};
    const std::size_t before = node.asked["b"].size();
    node.polls(6);
    EXPECT_GE(node.asked["b"].size(), before + 2);
    EXPECT_EQ(node.reported(ReportKind::leap_second), 1U);
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 0U);
    node.told = {{"b", 0us}, {"c", 0us}};
    node.polls(200);
    EXPECT_EQ(node.asked["b"].back().opinion.judgement, Judgement::agrees);
    EXPECT_EQ(node.tracking().corrections_refused, 0U);
    node.told = {{"b", 1s}, {"c", 0us}};
    node.polls(200);
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 1U) << "a second is one at last";
}

TEST(Witnesses, OfAnotherTermTellNothing) {
    Follower node;
    node.told = {{"b", 1s}, {"c", 1s}};
    node.term_told = kTerm + 1;
    node.polls(500);
    EXPECT_EQ(node.asked["b"].back().opinion.judgement, Judgement::none);
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 0U);
}

TEST(Witnesses, AreAskedCloselyAndNotWithoutEndByOneThatSaysNowThisNowThat) {
    Follower node;
    node.told = {{"c", 0us}};
    for (int i = 0; i < 2400; ++i) {  // an hour
        node.told["b"] = node.asked["b"].size() % 2 == 0 ? 5ms : 0us;
        node.polls(1);
    }
    const std::size_t all = node.asked["b"].size() + node.asked["c"].size();
    EXPECT_GT(all, 120U);
    EXPECT_LT(all, 112U + 6 * 10U + 10U) << "ten questions, three times and three in an hour";
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 0U);
}

TEST(Witnesses, AsManyAsElectConvictTheMaster) {
    Follower node;
    node.told = {{"b", 20ms}, {"c", -30ms}};
    node.polls(200);
    node.pass(1s);
    EXPECT_EQ(node.reported(ReportKind::correction_refused), 1U);
    const NodeStatus status = node.status();
    EXPECT_EQ(status.state, NodeState::holdover);
    EXPECT_NE(status.reason.find("they contradict what it tells others"), std::string::npos)
        << status.reason;
    EXPECT_GT(status.bound, Duration{30ms}) << "whoever of them is wrong";
    EXPECT_LT(status.bound, Duration{70ms});
    node.told = {{"b", 0us}, {"c", 0us}};
    node.polls(600);
    EXPECT_EQ(node.status().state, NodeState::holdover);
    node.polls(200);
    EXPECT_EQ(node.reported(ReportKind::master_believed), 1U) << node.status().reason;
}

// Its machine stood still while another was elected, and it has measured that one never before.
TEST(Witnesses, OfAMajorityThatGoesByItShowThatThisRawClockIsBroken) {
    Follower node;
    node.told = {{"b", 0us}};
    node.polls(300);
    node.missed = 30s;
    node.polls(1);
    EXPECT_EQ(node.reported(ReportKind::raw_clock_broken), 0U)
        << "what was heard before is of before";
    node.polls(30);
    EXPECT_EQ(node.reported(ReportKind::raw_clock_broken), 1U);
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 0U);
}

TEST(Witnesses, WhoAreToldTheSameAndDoNotGoByItShowNothing) {
    Follower node;
    node.told = {{"b", 0us}, {"c", 0us}};
    node.polls(300);
    node.missed = 30s;
    node.believed = false;
    node.polls(100);
    node.told.clear();
    node.believed = true;
    node.polls(100);
    EXPECT_EQ(node.reported(ReportKind::correction_refused), 1U);
    EXPECT_EQ(node.reported(ReportKind::raw_clock_broken), 0U);
}

// The answer to the first question is held back until a forged Retry has had it asked again.
TEST(Witnesses, AreNotMadeToContradictByAForgedRetry) {
    Follower node;
    node.told = {{"c", 0us}};
    for (int i = 0; i < 900; ++i) {
        node.polls(1);
        if (node.asked["b"].empty())
            continue;
        const Inquiry first = node.asked["b"].back();
        const ClusterTime then = ClusterTime{test::kBenchStart.ns} + (node.raw() - RawTime{});
        node.pass(100ms);
        node.tell("b", Retry{first.session, 4711}, kTerm, 1);
        ASSERT_EQ(node.asked["b"].size(), 2U);
        EXPECT_EQ(node.asked["b"].back().cookie, 4711U);
        node.tell("b", Sighting{first.session, Told{kTerm, 1, then, 1us}}, kTerm, 1);
        node.asked["b"].clear();
    }
    EXPECT_EQ(node.reported(ReportKind::master_contradicted), 0U);
}

TEST(Witnesses, AnswerNoQuestionTwice) {
    Follower node;
    while (node.asked["b"].empty())
        node.polls(1);
    const Session session = node.asked["b"].back().session;
    const std::uint64_t before = node.tracking().dropped.replayed;
    node.tell("b", Sighting{session + 1, {}}, kTerm, 1);
    node.tell("c", Sighting{session, {}}, kTerm, 1);
    EXPECT_EQ(node.tracking().dropped.replayed, before + 2);
    node.tell("b", Sighting{session, {}}, kTerm, 1);
    EXPECT_EQ(node.tracking().dropped.replayed, before + 2);
    node.tell("b", Sighting{session, {}}, kTerm, 1);
    EXPECT_EQ(node.tracking().dropped.replayed, before + 3);
}

// ---- on a candidate

Inquiry inquiry_of(std::string_view who, Session session, Judgement judgement) {
    Inquiry inquiry;
    inquiry.session = session;
    inquiry.name = *NodeName::from(who);
    inquiry.opinion = {kTerm, judgement};
    return inquiry;
}

void inquire(Follower& node, std::string_view member, Judgement judgement,
             const Certificate& certificate) {
    Inquiry inquiry = inquiry_of(member, 9, judgement);
    inquiry.certificate = certificate;
    node.receive(inquiry, member, endpoint(20));
    const auto retries = node.sent_to<Retry>(member);
    ASSERT_FALSE(retries.empty());
    inquiry.cookie = retries.back().cookie;
    node.receive(inquiry, member, endpoint(20));
}

void hear_member(Follower& node, std::string_view member, std::string_view issuer,
                 Judgement judgement) {
    inquire(node, member, judgement, test::certificate_for(member, issuer));
}

TEST(CandidateAsWitness, TellsWhatItWasTold) {
    Follower node("b");
    node.polls(3);
    node.tell("c", inquiry_of("c", 5, Judgement::none), kTerm, 1);
    ASSERT_EQ(node.sent_to<Sighting>("c").size(), 1U);
    const Sighting sighting = node.sent_to<Sighting>("c")[0];
    EXPECT_EQ(sighting.session, 5U);
    ASSERT_TRUE(sighting.told.has_value());
    EXPECT_EQ(sighting.told->term, kTerm);
    EXPECT_EQ(sighting.told->epoch, 1U);
    EXPECT_EQ(sighting.told->cluster, ClusterTime{test::kBenchStart.ns} + (node.raw() - RawTime{}));
    EXPECT_GE(sighting.told->bound, Duration{100us});
    node.pass(5s);  // a is silent
    node.tell("c", inquiry_of("c", 6, Judgement::none), kTerm, 1);
    EXPECT_FALSE(node.sent_to<Sighting>("c").at(1).told.has_value());
}

TEST(CandidateAsWitness, TellsAMemberOnceItHasShownWhoItIs) {
    Follower node("b");
    node.polls(3);
    hear_member(node, "m1", "a", Judgement::none);
    ASSERT_EQ(node.sent_to<Sighting>("m1").size(), 1U);
    EXPECT_TRUE(node.sent_to<Sighting>("m1")[0].told.has_value());
    hear_member(node, "m2", "stranger", Judgement::none);
    EXPECT_TRUE(node.sent_to<Sighting>("m2").empty());
    EXPECT_EQ(node.tracking().dropped.not_admitted, 1U);
}

Standing last_standing(const Follower& node) {
    return *node.sent_to<Reply>("a").back().standing;
}

TEST(CandidateAsWitness, WithdrawsItsVoteWithTheMembersWord) {
    Follower node("b");
    node.told = {{"c", 20ms}};
    node.polls(100);
    EXPECT_TRUE(last_standing(node).promises);
    EXPECT_FALSE(last_standing(node).distrusts);
    hear_member(node, "m1", "a", Judgement::contradicts);
    node.polls(1);
    EXPECT_FALSE(last_standing(node).distrusts) << "b, c and m1 of four";
    hear_member(node, "m2", "a", Judgement::contradicts);
    node.polls(2);
    EXPECT_FALSE(last_standing(node).promises);
    EXPECT_TRUE(last_standing(node).distrusts);
    EXPECT_EQ(node.reported(ReportKind::vote_withdrawn), 1U);
    EXPECT_EQ(node.reported(ReportKind::correction_refused), 1U);
}

TEST(CandidateAsWitness, HearsNoOpinionOfAMemberWithoutAVote) {
    Follower node("b");
    node.told = {{"c", 20ms}};
    node.polls(100);
    for (int i = 1; i <= 5; ++i) {
        const std::string member = "m" + std::to_string(i);
        const auto certificate = test::certificate_for(member, "a", test::kBenchCluster, false);
        inquire(node, member, Judgement::contradicts, certificate);
    }
    node.polls(2);
    ASSERT_EQ(node.sent_to<Sighting>("m5").size(), 1U);
    EXPECT_TRUE(last_standing(node).promises);
    EXPECT_EQ(node.reported(ReportKind::vote_withdrawn), 0U);
}

// Whoever may certify it: as c he would speak with a candidate's weight.
TEST(CandidateAsWitness, AnswersNoStrangerThatHasACandidatesName) {
    Follower node("b");
    node.polls(3);
    Inquiry inquiry = inquiry_of("c", 9, Judgement::contradicts);
    inquiry.certificate =
        certify(*test::node_key("a"), test::kBenchCluster, "c", test::public_key("m9"), true, 1);
    const std::uint64_t before = node.tracking().dropped.malformed;
    node.sent.clear();
    node.receive(test::sealed(inquiry, "c", "b", kTerm, 1, {.from_key = "m9", .to_key = "b"}),
                 endpoint(20));
    EXPECT_TRUE(node.sent.empty());
    EXPECT_EQ(node.tracking().dropped.malformed, before + 1);
}

TEST(CandidateAsWitness, ChecksNoMoreInquirersThanItsLimitAndStillLetsThemJoin) {
    Follower node("b");
    node.polls(3);
    Inquiry forged = inquiry_of("m1", 9, Judgement::none);
    forged.certificate = test::certificate_for("m1", "a");
    forged.certificate->signature[0] ^= 1;
    node.receive(forged, "m1", endpoint(20));
    forged.cookie = node.sent_to<Retry>("m1").back().cookie;
    for (int i = 0; i < 150; ++i)
        node.receive(forged, "m1", endpoint(20));
    EXPECT_EQ(node.tracking().dropped.not_admitted, 100U);
    EXPECT_EQ(node.tracking().dropped.over_limit, 50U);
    Join join;
    join.session = 10;
    join.name = *NodeName::from("m2");
    join.certificate = test::certificate_for("m2", "a");
    node.receive(join, "m2", endpoint(20));
    EXPECT_EQ(node.sent_to<Direction>("m2").size(), 1U) << "they have limits of their own";
}

TEST(CandidateAsWitness, KnowsWhoAskedBeforeThoughOthersSpentTheLimit) {
    Follower node("b");
    node.polls(3);
    hear_member(node, "m1", "a", Judgement::none);
    for (int i = 0; i < 150; ++i)
        hear_member(node, "m2", "stranger", Judgement::none);
    ASSERT_GE(node.tracking().dropped.over_limit, 50U);
    hear_member(node, "m1", "a", Judgement::none);
    EXPECT_EQ(node.sent_to<Sighting>("m1").size(), 2U);
}

TEST(CandidateAsWitness, KeepsItsVoteWhateverGhostsOfTheOtherSay) {
    Follower node("b");
    node.told = {{"c", 20ms}};
    node.polls(100);
    for (int i = 1; i <= 30; ++i)
        hear_member(node, "ghost" + std::to_string(i), "c", Judgement::contradicts);
    hear_member(node, "m1", "a", Judgement::agrees);
    node.polls(5);
    EXPECT_TRUE(last_standing(node).promises);
    EXPECT_EQ(node.reported(ReportKind::vote_withdrawn), 0U);
}

TEST(CandidateAsWitness, KeepsItsVoteWhenMembersAloneContradict) {
    Follower node("b");
    node.told = {{"c", 0ms}};
    node.polls(100);
    for (int i = 1; i <= 30; ++i)
        hear_member(node, "m" + std::to_string(i), "a", Judgement::contradicts);
    node.polls(5);
    EXPECT_EQ(node.reported(ReportKind::vote_withdrawn), 0U);
}

}  // namespace
}  // namespace berkeley
