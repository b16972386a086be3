// What a candidate and a member on the bench do about changes of the candidates: a is the master, b
// and c are the other candidates, m1 and m2 members.
#include "daemon/core/node/roster_office.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/roster_changes.hpp"
#include "tests/support/three_bench.hpp"

namespace berkeley {
namespace {

using test::ThreeBench;
using test::voted;
using namespace test::of_rosters;

Datagram speaking_of(RosterSerial roster, const Message& message, std::string_view from,
                     std::string_view to, Term term = 0, std::uint64_t epoch = 0) {
    return test::sealed(message, from, to, term, epoch, {from, to, test::kBenchCluster, roster});
}

// b, which has voted for a in term 3.
class ACandidate : public testing::Test {
  protected:
    ACandidate() : b("b", voted(3, "a")) { b.pass(kSettled); }

    // The answer to a proposal in that term; nothing while there is none.
    std::optional<RosterSay> answer_to(const std::vector<RosterPart>& parts,
                                       std::string_view from = "a", Term term = 3) {
        b.sent.clear();
        for (const RosterPart& part : parts)
            b.tell(from, part, term, 1);
        const auto said = b.sent_to<RosterSay>(from);
        return said.empty() ? std::nullopt : std::optional(said.back());
    }

    void save(bool good = true) {
        b.sent.clear();
        b.feed(RosterSaved{b.now(), b.roster_saves.back(), good});
    }

    ThreeBench b;
};

TEST_F(ACandidate, SignsWhatItsMasterProposesOnceThatIsOnDisk) {
    EXPECT_FALSE(answer_to(proposal(promotion())).has_value());
    ASSERT_EQ(b.roster_saves.size(), 1U);
    EXPECT_EQ(b.node().saved_roster().signed_change, promotion());
    save();
    const auto said = b.sent_to<RosterSay>("a");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].session, 77U);
    ASSERT_TRUE(said[0].signature.has_value());
    EXPECT_TRUE(
        signed_by(promotion(), *said[0].signature, test::public_key("b"), test::kBenchCluster));
    EXPECT_EQ(answer_to(proposal(promotion()))->answer, RosterAnswer::signed_it) << "again";
    EXPECT_EQ(b.roster_saves.size(), 1U);
    EXPECT_EQ(b.reported(ReportKind::roster_signed), 1U);
}

TEST_F(ACandidate, SignsOneChangeForEachSerial) {
    answer_to(proposal(promotion()));
    save();
    const auto other = answer_to(proposal(promotion("m2")));
    ASSERT_TRUE(other.has_value());
    EXPECT_EQ(other->answer, RosterAnswer::signed_another);
    EXPECT_EQ(other->other->node.view(), "m1");
    EXPECT_FALSE(other->signature.has_value());
}

TEST_F(ACandidate, RemembersWhatItSigned) {
    answer_to(proposal(promotion()));
    save();
    test::NodeBench again(test::of_three("b"));
    again.start(voted(3, "a"), SavedTrust{}, b.node().saved_roster());
    again.feed(CandidateResolved{again.now(), "a", test::endpoint(1)});
    again.pass(kSettled);
    for (const RosterPart& part : proposal(promotion("m2")))
        again.receive(test::sealed(part, "a", "b", 3, 1), test::endpoint(1));
    ASSERT_EQ(again.sent_of<RosterSay>().size(), 1U);
    EXPECT_EQ(again.sent_of<RosterSay>()[0].answer, RosterAnswer::signed_another);
}

TEST_F(ACandidate, TellsWhatItSignedAndSignsNothingForBeingAsked) {
    const auto canvass = proposal(promotion(), "c", RosterPartOf::canvass);
    const auto nothing_yet = answer_to(canvass);
    ASSERT_TRUE(nothing_yet.has_value());
    EXPECT_EQ(nothing_yet->answer, RosterAnswer::would_sign);
    EXPECT_FALSE(nothing_yet->other.has_value());
    EXPECT_TRUE(b.roster_saves.empty());
    answer_to(proposal(promotion()));
    save();
    EXPECT_EQ(answer_to(canvass)->other->term, 3U);
    EXPECT_EQ(answer_to(canvass)->answer, RosterAnswer::would_sign);
    RosterChange elsewhere = promotion();
    elsewhere.node.host = "m1.example";
    EXPECT_EQ(answer_to(proposal(elsewhere, "c", RosterPartOf::canvass))->answer,
              RosterAnswer::would_sign)
        << "the same roster comes of it";
    const auto other = answer_to(proposal(promotion("m2"), "c", RosterPartOf::canvass));
    EXPECT_EQ(other->answer, RosterAnswer::signed_another);
    EXPECT_EQ(other->other, (OtherStep{RosterStep::promote, NodeName::from("m1").value(), 3}));
    EXPECT_FALSE(other->signature.has_value());
    EXPECT_EQ(answer_to(canvass, "c")->answer, RosterAnswer::not_followed);
}

// Who leads has asked a majority: what it proposes contradicts nothing that may have come to be.
TEST_F(ACandidate, SignsAnotherChangeForALaterMaster) {
    answer_to(proposal(promotion()));
    save();
    b.tell("c", VoteWanted{4, true, SteadyTime{1}, 3500ms, Fitness::fit}, 4, 1);
    b.pass(20ms);
    ASSERT_EQ(b.node().saved_state(b.now()).election.term, 4U);
    EXPECT_FALSE(answer_to(proposal(promotion("m2"), "a"), "c", 4).has_value());
    save();
    ASSERT_EQ(b.sent_to<RosterSay>("c").size(), 1U);
    EXPECT_EQ(b.sent_to<RosterSay>("c")[0].answer, RosterAnswer::signed_it);
    EXPECT_EQ(b.node().saved_roster().signed_change, promotion("m2"));
    EXPECT_EQ(b.node().saved_roster().signed_in, 4U);
    EXPECT_EQ(answer_to(proposal(promotion()))->answer, RosterAnswer::not_followed);
}

TEST_F(ACandidate, SaysNothingThatItsDiskDoesNotHold) {
    answer_to(proposal(promotion()));
    save(false);
    ASSERT_EQ(b.sent_to<RosterSay>("a").size(), 1U);
    EXPECT_EQ(b.sent_to<RosterSay>("a")[0].answer, RosterAnswer::not_saved);
    EXPECT_FALSE(b.sent_to<RosterSay>("a")[0].signature.has_value());
}

TEST_F(ACandidate, SignsForNobodyElse) {
    EXPECT_EQ(answer_to(proposal(promotion(), "a"), "c")->answer, RosterAnswer::not_followed);
    EXPECT_EQ(answer_to(proposal(promotion()), "a", 4)->answer, RosterAnswer::not_followed)
        << "in another term than that of its vote";
    EXPECT_TRUE(b.roster_saves.empty());
}

TEST_F(ACandidate, SignsNothingWhileALeaseOfBeforeMayLast) {
    ThreeBench fresh("b", voted(3, "a"));
    for (const RosterPart& part : proposal(promotion()))
        fresh.tell("a", part, 3, 1);
    ASSERT_EQ(fresh.sent_to<RosterSay>("a").size(), 1U);
    EXPECT_EQ(fresh.sent_to<RosterSay>("a")[0].answer, RosterAnswer::not_yet);
    EXPECT_TRUE(fresh.roster_saves.empty());
}

TEST_F(ACandidate, WantsAnotherCandidatesWordForANewOne) {
    EXPECT_EQ(answer_to(proposal(promotion(), "a"))->answer, RosterAnswer::own_certificate);
    EXPECT_EQ(answer_to(proposal(promotion(), "m2"))->answer, RosterAnswer::own_certificate);
    RosterChange other_key = promotion();
    other_key.node.key = test::public_key("m2");
    EXPECT_EQ(answer_to(proposal(other_key))->answer, RosterAnswer::own_certificate);
    EXPECT_TRUE(b.roster_saves.empty());
}

TEST_F(ACandidate, SignsForNobodyWhoWasLetInWithoutAVote) {
    const Certificate mute = test::certificate_for("m1", "c", test::kBenchCluster, false);
    EXPECT_EQ(answer_to(proposal(promotion(), mute, RosterPartOf::proposal))->answer,
              RosterAnswer::own_certificate);
    EXPECT_TRUE(b.roster_saves.empty());
}

TEST_F(ACandidate, DoesNotRemoveItself) {
    EXPECT_EQ(answer_to(proposal(change_of(founding(), RosterStep::retire, "b")))->answer,
              RosterAnswer::own_removal);
    EXPECT_FALSE(answer_to(proposal(change_of(founding(), RosterStep::retire, "c"))).has_value());
    EXPECT_EQ(b.roster_saves.size(), 1U);
}

TEST_F(ACandidate, SignsNothingThatIsImpossible) {
    EXPECT_EQ(answer_to(proposal(change_of(founding(), RosterStep::retire, "m1")))->answer,
              RosterAnswer::not_good);
    EXPECT_EQ(answer_to(proposal(change_of(founding(4), RosterStep::promote, "m1")))->answer,
              RosterAnswer::holds_another);
    RosterChange other_roster = promotion();
    other_roster.before[0] ^= 1;
    EXPECT_EQ(answer_to(proposal(other_roster))->answer, RosterAnswer::not_good);
    std::vector<RosterPart> garbage = proposal(promotion());
    garbage[0].bytes.fill(0xff);
    EXPECT_EQ(answer_to(garbage)->answer, RosterAnswer::not_good);
    garbage[0].parts = 200;
    EXPECT_FALSE(answer_to(garbage).has_value());
    EXPECT_TRUE(b.roster_saves.empty());
}

TEST_F(ACandidate, TakesNoPartThatIsLargerThanItsDatagram) {
    std::vector<RosterPart> parts = proposal(promotion());
    parts[0].size = kRosterPartSize + 1;
    const std::uint64_t before = b.tracking().dropped.malformed;
    EXPECT_FALSE(answer_to(parts).has_value());
    EXPECT_EQ(b.tracking().dropped.malformed, before + 1);
}

// Nobody's seal is on a Retry.
TEST_F(ACandidate, LearnsNothingOfWhatAForgedRetrySpeaksOf) {
    b.sent.clear();
    b.receive(encode({id_of("a"), id_of("b"), 3, 1, 9}, Retry{5, 7}), test::endpoint(1));
    EXPECT_TRUE(b.sent_to<RosterAsk>("a").empty());
    b.receive(speaking_of(9, Leave{1, 1}, "a", "b"), test::endpoint(1));
    EXPECT_EQ(b.sent_to<RosterAsk>("a").size(), 1U);
}

// It was away meanwhile, and asks this candidate first.
TEST_F(ACandidate, ChecksNoMoreStrangersThatAskForARosterThanItsLimit) {
    NodeSettings settings = test::of_three("b");
    settings.roster = 1;
    test::NodeBench later(settings);
    later.start(voted(3, "a"));
    RosterAsk ask{9, NodeName::from("m1").value(), 0, test::certificate_for("m1", "a"), 1, 0};
    const auto send = [&] { later.receive(test::sealed(ask, "m1", "b"), test::endpoint(20)); };
    send();
    ask.cookie = later.sent_of<Retry>().back().cookie;
    send();
    ASSERT_EQ(later.sent_of<RosterPart>().size(), 1U);
    const RosterAsk good = ask;
    ask.certificate->signature[0] ^= 1;
    for (int i = 0; i < 150; ++i)
        send();
    EXPECT_EQ(later.tracking().dropped.not_admitted, 99U);
    EXPECT_EQ(later.tracking().dropped.over_limit, 51U);
    ask = good;
    send();
    EXPECT_EQ(later.sent_of<RosterPart>().size(), 2U) << "it is known";
}

// ---- rosters that others hold

TEST_F(ACandidate, VotesForNobodyWhoSpeaksOfAnOlderRoster) {
    NodeSettings settings = test::of_three("b");
    settings.roster = 1;
    test::NodeBench later(settings);
    later.start(voted(3, "b"));
    later.feed(CandidateResolved{later.now(), "a", test::endpoint(1)});
    const VoteWanted wanted{4, true, SteadyTime{1}, 3500ms, Fitness::fit};
    later.receive(speaking_of(0, wanted, "a", "b"), test::endpoint(1));
    later.pass(20ms);
    for (const auto& answer : later.sent_of<VoteAnswer>())
        EXPECT_FALSE(answer.granted);
    EXPECT_EQ(later.sent_of<VoteAnswer>().size(), 1U) << "it is told of the later one";
    EXPECT_EQ(later.sent.back().header.roster, 1);
    EXPECT_LT(later.node().saved_state(later.now()).election.term, 4U);

    const VoteWanted again{4, true, SteadyTime{2}, 3500ms, Fitness::fit};
    later.receive(speaking_of(1, again, "a", "b"), test::endpoint(1));
    EXPECT_EQ(later.node().saved_state(later.now()).election.term, 4U);
}

TEST_F(ACandidate, NeitherVotesNorStandsWhileItsRosterIsInDoubt) {
    NodeSettings settings = test::of_three("b");
    settings.roster_in_doubt = true;
    test::NodeBench doubtful(settings);
    doubtful.start(voted(3, "b"));
    doubtful.feed(CandidateResolved{doubtful.now(), "a", test::endpoint(1)});
    const VoteWanted wanted{4, true, SteadyTime{1}, 3500ms, Fitness::fit};
    doubtful.receive(test::sealed(wanted, "a", "b"), test::endpoint(1));
    doubtful.pass(30s);
    for (const auto& answer : doubtful.sent_of<VoteAnswer>())
        EXPECT_FALSE(answer.granted);
    EXPECT_TRUE(doubtful.sent_of<VoteWanted>().empty());
    EXPECT_NE(doubtful.status().reason.find("neither votes nor leads"), std::string::npos)
        << doubtful.status().reason;
}

// Until then it may vote for one who goes by the roster before.
TEST_F(ACandidate, SignsNothingUntilTheRosterThatItKnowsIsOnDisk) {
    const SignedChange first = signed_by(promotion(), {"a", "c"});
    b.sent.clear();
    b.receive(speaking_of(1, Leave{1, 1}, "a", "b"), test::endpoint(1));
    const auto asks = b.sent_to<RosterAsk>("a");
    ASSERT_EQ(asks.size(), 1U);
    RosterPart like{.session = asks[0].session,
                    .of = RosterPartOf::change,
                    .serial = 1,
                    .part = 0,
                    .parts = 0,
                    .size = 0,
                    .bytes = {}};
    for (const RosterPart& part : parts_of(encode(first), like))
        b.receive(speaking_of(1, part, "a", "b"), test::endpoint(1));
    ASSERT_EQ(b.node().roster().roster.serial, 1);
    const Roster next = *changed(founding(), first, test::kBenchCluster);
    EXPECT_EQ(answer_to(proposal(change_of(next, RosterStep::retire, "c")))->answer,
              RosterAnswer::holds_another);
}

class AMember : public testing::Test {
  protected:
    AMember() : m("m1") { m.pass(1s); }

    // What it asks a for, once a has spoken of that roster.
    std::vector<RosterAsk> asked(RosterSerial roster) {
        m.sent.clear();
        m.receive(speaking_of(roster, Leave{1, 1}, "a", "m1"), test::endpoint(1));
        return m.sent_to<RosterAsk>("a");
    }

    std::vector<RosterAsk> answer(const RosterAsk& ask, const SignedChange& change,
                                  RosterSerial roster) {
        m.sent.clear();
        const auto parts = parts_of(encode(change), {.session = ask.session,
                                                     .of = RosterPartOf::change,
                                                     .serial = ask.serial,
                                                     .part = 0,
                                                     .parts = 0,
                                                     .size = 0,
                                                     .bytes = {}});
        for (const RosterPart& part : parts)
            m.receive(speaking_of(roster, part, "a", "m1"), test::endpoint(1));
        return m.sent_to<RosterAsk>("a");
    }

    ThreeBench m;
};

TEST_F(AMember, AsksForTheNextRosterAndTakesItUpFromItsDisk) {
    EXPECT_TRUE(asked(0).empty());
    const auto asks = asked(1);
    ASSERT_EQ(asks.size(), 1U);
    EXPECT_EQ(asks[0].serial, 1);
    const SignedChange change = signed_by(promotion("m2"), {"a", "c"});
    answer(asks[0], change, 1);
    ASSERT_EQ(m.roster_saves.size(), 1U);
    EXPECT_EQ(m.node().saved_roster().chain.changes, std::vector{change});
    EXPECT_EQ(m.successions, 0U);
    m.feed(RosterSaved{m.now(), m.roster_saves.back(), true});
    EXPECT_EQ(m.successions, 1U);
    EXPECT_EQ(m.node().roster().roster.serial, 1);
    EXPECT_TRUE(asked(1).empty());
}

TEST_F(AMember, LearnsOneAfterTheOther) {
    const SignedChange first = signed_by(promotion("m2"), {"a", "b"});
    const Roster four = *changed(founding(), first, test::kBenchCluster);
    const auto asks = asked(2);
    ASSERT_EQ(asks.size(), 1U);
    const auto next = answer(asks[0], first, 2);
    // One of them for the second part of the first.
    ASSERT_FALSE(next.empty());
    EXPECT_EQ(next.back().serial, 2);
    answer(next.back(), signed_by(change_of(four, RosterStep::retire, "a"), {"b", "c"}), 2);
    EXPECT_EQ(m.node().roster().roster.serial, 1) << "three of four are a majority";
    m.pass(11s);
    const auto again = asked(2);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].serial, 2);
}

TEST_F(AMember, TakesNothingThatIsForgedOrThatItDidNotAskFor) {
    const SignedChange good = signed_by(promotion("m2"), {"a", "c"});
    answer({.session = 5,
            .name = {},
            .cookie = 0,
            .certificate = std::nullopt,
            .serial = 1,
            .part = 0},
           good, 0);
    EXPECT_TRUE(m.roster_saves.empty());
    const auto asks = asked(1);
    ASSERT_EQ(asks.size(), 1U);
    answer(asks[0], signed_by(promotion("m2"), {"a"}), 1);
    EXPECT_TRUE(m.roster_saves.empty());
    EXPECT_TRUE(asked(1).empty()) << "not at once again";
    m.pass(11s);
    const auto again = asked(1);
    ASSERT_EQ(again.size(), 1U);
    answer(again[0], good, 1);
    EXPECT_EQ(m.roster_saves.size(), 1U);
}

TEST_F(AMember, TakesNoPartThatIsLargerThanItsDatagram) {
    const auto asks = asked(1);
    ASSERT_EQ(asks.size(), 1U);
    m.sent.clear();
    RosterPart part{.session = asks[0].session,
                    .of = RosterPartOf::change,
                    .serial = 1,
                    .part = 0,
                    .parts = 2,
                    .size = kRosterPartSize + 1,
                    .bytes = {}};
    m.receive(speaking_of(1, part, "a", "m1"), test::endpoint(1));
    EXPECT_TRUE(m.sent_to<RosterAsk>("a").empty()) << "it asks for no other part of this";
    EXPECT_TRUE(asked(1).empty());
}

TEST_F(AMember, SaysWhenNobodyKnowsTheWay) {
    const auto asks = asked(9);
    ASSERT_EQ(asks.size(), 1U);
    m.receive(speaking_of(9,
                          RosterPart{.session = asks[0].session,
                                     .of = RosterPartOf::change,
                                     .serial = 1,
                                     .part = 0,
                                     .parts = 0,
                                     .size = 0,
                                     .bytes = {}},
                          "a", "m1"),
              test::endpoint(1));
    EXPECT_EQ(m.reported(ReportKind::roster_out_of_reach), 1U);
    EXPECT_NE(m.status().reason.find("roster 9"), std::string::npos) << m.status().reason;
}

}  // namespace
}  // namespace berkeley
