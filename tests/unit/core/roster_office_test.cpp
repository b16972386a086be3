// What a node on the bench does about changes of the candidates: a is the master, b and c are the
// other candidates, m1 and m2 members.
#include "daemon/core/node/roster_office.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/three_bench.hpp"

namespace berkeley {
namespace {

using test::ThreeBench;
using test::voted;

constexpr Duration kSettled = 5s;  // a promise and a campaign, and more

Roster founding(RosterSerial serial = 0) {
    Roster roster{.serial = serial, .candidates = {}, .former = {}};
    for (const char* name : {"a", "b", "c"})
        roster.candidates.push_back({NodeName::from(name).value(), "", 0, test::public_key(name)});
    return roster;
}

TokenCandidate node(std::string_view name) {
    return {NodeName::from(name).value(), "192.0.2.9", 10525, test::public_key(name)};
}

RosterChange change_of(const Roster& roster, RosterStep step, std::string_view name) {
    return next_change(roster, test::kBenchCluster, step, node(name));
}

RosterChange promotion(std::string_view name = "m1") {
    return change_of(founding(), RosterStep::promote, name);
}

SignedChange signed_by(const RosterChange& change, std::initializer_list<std::string_view> who) {
    SignedChange made{change, {}};
    for (const std::string_view name : who)
        made.signatures.push_back({static_cast<std::uint8_t>(name[0] - 'a'),
                                   sign(change, *test::node_key(name), test::kBenchCluster)});
    return made;
}

std::vector<RosterPart> parts_of(const std::vector<std::uint8_t>& bytes, RosterPart like) {
    std::vector<RosterPart> parts;
    like.parts = static_cast<std::uint8_t>((bytes.size() + kRosterPartSize - 1) / kRosterPartSize);
    for (like.part = 0; like.part < like.parts; ++like.part) {
        const std::size_t begin = like.part * kRosterPartSize;
        like.size = static_cast<std::uint8_t>(std::min(kRosterPartSize, bytes.size() - begin));
        like.bytes = {};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), like.size,
                    like.bytes.begin());
        parts.push_back(like);
    }
    return parts;
}

// As a master proposes it.
std::vector<RosterPart> proposal(const RosterChange& change, std::string_view issuer = "c") {
    std::vector<std::uint8_t> bytes = encode(SignedChange{change, {}});
    if (change.step == RosterStep::promote) {
        const auto certificate = encode(test::certificate_for(change.node.name.view(), issuer));
        bytes.insert(bytes.end(), certificate.begin(), certificate.end());
    }
    return parts_of(bytes, {.session = 77,
                            .of = RosterPartOf::proposal,
                            .serial = change.serial,
                            .part = 0,
                            .parts = 0,
                            .size = 0,
                            .bytes = {}});
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

// ---- rosters that others hold

Datagram speaking_of(RosterSerial roster, const Message& message, std::string_view from,
                     std::string_view to, Term term = 0, std::uint64_t epoch = 0) {
    return test::sealed(message, from, to, term, epoch, {from, to, test::kBenchCluster, roster});
}

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

// ---- the master

class AMaster : public testing::Test {
  protected:
    AMaster() : a("a") {
        a.pass(kSettled);
        a.elect();
    }

    void retire(std::string_view name) {
        a.sent.clear();
        a.feed(RosterWanted{a.now(), wish(name)});
    }

    static RosterWish wish(std::string_view name) {
        return {RosterStep::retire, NodeName::from(name).value(), "", 0};
    }

    // The master lost its lease meanwhile, else.
    void keep_elected() {
        for (const char* other : {"b", "c"}) {
            for (const auto& wanted : a.sent_to<VoteWanted>(other))
                a.tell(other, VoteAnswer{wanted.term, wanted.binding, wanted.asked_at, true,
                                         wanted.term, Fitness::fit});
        }
    }

    RosterSay signature_of(std::string_view name) {
        const auto parts = a.sent_to<RosterPart>(name);
        const RosterChange change = change_of_a(wished);
        return {parts.empty() ? 0 : parts[0].session, RosterAnswer::signed_it, std::nullopt,
                sign(change, *test::node_key(name), test::kBenchCluster)};
    }

    static RosterChange change_of_a(std::string_view name) {
        TokenCandidate who = node(name);
        who.host.clear();
        who.port = 0;
        return next_change(founding(), test::kBenchCluster, RosterStep::retire, who);
    }

    std::string wished = "c";
    ThreeBench a;
};

TEST_F(AMaster, MakesARosterOfTheSignaturesOfAMajority) {
    retire("c");
    ASSERT_FALSE(a.sent_to<RosterPart>("b").empty());
    EXPECT_EQ(a.node().roster().proposed->needed, 2U);
    EXPECT_EQ(a.node().roster().proposed->signatures, 0U) << "its own comes last";
    EXPECT_EQ(a.node().roster().proposed->waits_for.size(), 2U);
    EXPECT_FALSE(a.node().saved_roster().signed_change.has_value());
    a.tell("b", signature_of("b"));
    ASSERT_EQ(a.roster_saves.size(), 1U);
    EXPECT_FALSE(a.node().roster().proposed.has_value());
    const SavedRoster saved = a.node().saved_roster();
    ASSERT_EQ(saved.chain.changes.size(), 1U);
    EXPECT_TRUE(changed(founding(), saved.chain.changes[0], test::kBenchCluster).has_value());
    EXPECT_EQ(a.successions, 0U);
    a.feed(RosterSaved{a.now(), a.roster_saves.back(), true});
    EXPECT_EQ(a.successions, 1U);
}

TEST_F(AMaster, CountsNoSignatureThatIsNotGood) {
    retire("c");
    RosterSay forged = signature_of("b");
    forged.signature = sign(change_of_a("c"), *test::node_key("m1"), test::kBenchCluster);
    a.tell("b", forged);
    RosterSay of_another = signature_of("b");
    of_another.signature = sign(change_of_a("b"), *test::node_key("b"), test::kBenchCluster);
    a.tell("b", of_another);
    RosterSay of_then = signature_of("b");
    ++of_then.session;
    a.tell("b", of_then);
    EXPECT_TRUE(a.roster_saves.empty());
}

TEST_F(AMaster, ProposesOneChangeAtATime) {
    retire("c");
    EXPECT_NE(a.node().why_no_roster(wish("b"), a.now()).find("one change at a time"),
              std::string::npos);
    EXPECT_TRUE(a.node().why_no_roster(wish("c"), a.now()).empty()) << "the same again";
    EXPECT_NE(a.node().why_no_roster(wish("m1"), a.now()).find("no candidate"), std::string::npos);
}

TEST_F(AMaster, ProposesNothingUntilItGoesByTheLastRoster) {
    retire("c");
    a.tell("b", signature_of("b"));
    ASSERT_EQ(a.node().roster().roster.serial, 1);
    const auto why_not = [&] { return a.node().why_no_roster(wish("b"), a.now()); };
    EXPECT_NE(why_not().find("roster 1 has just come to be"), std::string::npos) << why_not();
    a.feed(RosterSaved{a.now(), a.roster_saves.back(), true});
    EXPECT_NE(why_not().find("roster 1 has just come to be"), std::string::npos) << why_not();
}

TEST_F(AMaster, TellsWhoDoesNotSignAndWhy) {
    retire("c");
    const RosterSay not_yet{a.sent_to<RosterPart>("b")[0].session, RosterAnswer::not_yet,
                            std::nullopt, std::nullopt};
    a.tell("b", not_yet);
    const auto proposed = a.node().roster().proposed;
    ASSERT_TRUE(proposed.has_value());
    EXPECT_EQ(proposed->waits_for[0], "b has not held its roster for long enough yet");
    EXPECT_EQ(proposed->waits_for[1], "c has not answered");
}

TEST_F(AMaster, GivesUpWhenItLeadsNoMore) {
    retire("c");
    a.pass(10s);
    ASSERT_EQ(a.status().role, Role::member);
    EXPECT_FALSE(a.node().roster().proposed.has_value());
    EXPECT_NE(a.node().roster().outcome.find("this node leads no more"), std::string::npos)
        << a.node().roster().outcome;
    EXPECT_EQ(a.reported(ReportKind::roster_given_up), 1U);
    EXPECT_FALSE(a.node().saved_roster().signed_change.has_value());
}

TEST_F(AMaster, TellsTheChangesThatItHolds) {
    retire("c");
    a.tell("b", signature_of("b"));
    const RosterAsk ask{31, NodeName::from("b").value(), 0, std::nullopt, 1, 0};
    a.sent.clear();
    a.tell("b", ask);
    EXPECT_EQ(a.sent_to<RosterPart>("b").back().parts, 0) << "it is not on disk yet";
    a.feed(RosterSaved{a.now(), a.roster_saves.back(), true});
    a.sent.clear();
    a.tell("b", ask);
    const RosterPart part = a.sent_to<RosterPart>("b").back();
    EXPECT_EQ(part.session, 31U);
    EXPECT_GE(part.parts, 1);
    EXPECT_EQ(a.sent.back().header.roster, 1);
}

}  // namespace
}  // namespace berkeley
