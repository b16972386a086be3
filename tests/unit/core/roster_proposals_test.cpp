// What the master on the bench does about changes of the candidates: a leads, b and c are the other
// candidates.
#include <gtest/gtest.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/node/roster_office.hpp"
#include "tests/support/roster_changes.hpp"
#include "tests/support/three_bench.hpp"

namespace berkeley {
namespace {

using test::ThreeBench;
using namespace test::of_rosters;

class AMaster : public testing::Test {
  protected:
    AMaster() : a("a") {
        a.pass(kSettled);
        a.elect();
    }

    void want(std::string_view name) {
        a.sent.clear();
        a.feed(RosterWanted{a.now(), wish(name)});
    }

    Session session() { return a.sent_to<RosterPart>("b").at(0).session; }

    // As b has signed nothing, its proposal goes out.
    void retire(std::string_view name) {
        want(name);
        a.tell("b", RosterSay{session(), RosterAnswer::would_sign, std::nullopt, std::nullopt});
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

TEST_F(AMaster, AsksAMajorityWhatItSignedBefore) {
    want("c");
    for (const RosterPart& part : a.sent_to<RosterPart>("b"))
        EXPECT_EQ(part.of, RosterPartOf::canvass);
    a.tell("b", signature_of("b"));
    EXPECT_TRUE(a.roster_saves.empty());
    a.sent.clear();
    want("c");
    const Session asked = session();
    a.sent.clear();
    a.tell("b",
           RosterSay{asked, RosterAnswer::would_sign,
                     OtherStep{RosterStep::retire, NodeName::from("c").value(), 1}, std::nullopt});
    ASSERT_FALSE(a.sent_to<RosterPart>("b").empty());
    EXPECT_EQ(a.sent_to<RosterPart>("b")[0].of, RosterPartOf::proposal);
}

TEST_F(AMaster, GivesWayToWhatMayHaveComeToBe) {
    want("c");
    a.tell("b", RosterSay{session(), RosterAnswer::signed_another,
                          OtherStep{RosterStep::promote, NodeName::from("m2").value(), 1},
                          std::nullopt});
    EXPECT_FALSE(a.node().roster().proposed.has_value());
    EXPECT_NE(a.node().roster().outcome.find("the promotion of m2 may have come to be before"),
              std::string::npos)
        << a.node().roster().outcome;
}

TEST_F(AMaster, ProposesOneChangeInItsTerm) {
    retire("c");
    for (int i = 0; i < 140 && a.node().roster().proposed; ++i) {
        a.sent.clear();
        a.pass(500ms);
        keep_elected();
    }
    ASSERT_EQ(a.status().role, Role::master);
    ASSERT_FALSE(a.node().roster().proposed.has_value());
    EXPECT_NE(a.node().why_no_roster(wish("b"), a.now()).find("berkeleyctl handover"),
              std::string::npos);
    EXPECT_TRUE(a.node().why_no_roster(wish("c"), a.now()).empty());
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

// ---- what members say of rosters

// Elected by b alone: c is dead.
class AMasterWithMembers : public testing::Test {
  protected:
    AMasterWithMembers() : a("a") {
        a.pass(kSettled);
        for (int i = 0; i < 200 && a.status().role != Role::master; ++i) {
            a.sent.clear();
            a.pass(10ms);
            for (const auto& wanted : a.sent_to<VoteWanted>("b"))
                a.tell("b", VoteAnswer{wanted.term, wanted.binding, wanted.asked_at, true,
                                       wanted.binding ? wanted.term : 0, Fitness::fit});
        }
        ensure(a.status().role == Role::master, "it is elected");
    }

    void say(std::string_view who, const Message& message, RosterSerial roster) {
        const auto port = static_cast<std::uint16_t>(who == "b" ? 2 : 20 + who[1]);
        a.receive(test::sealed(message, who, "a", a.status().term, 1,
                               {who, "a", test::kBenchCluster, roster}),
                  test::endpoint(port));
    }

    void join(std::string_view who) {
        Join join;
        join.session = 7;
        join.name = NodeName::from(who).value();
        join.certificate = test::certificate_for(who, "c");
        say(who, join, 0);
        join.cookie = a.sent_to<Retry>(who).back().cookie;
        say(who, join, 0);
        answer(who, 0);
    }

    // Of roster 1, by which m1 is a candidate, too.
    void learn_of_promotion() {
        say("b", Leave{1, 1}, 1);
        const auto asks = a.sent_to<RosterAsk>("b");
        ensure(!asks.empty(), "it asks");
        RosterPart like{.session = asks.back().session,
                        .of = RosterPartOf::change,
                        .serial = 1,
                        .part = 0,
                        .parts = 0,
                        .size = 0,
                        .bytes = {}};
        for (const RosterPart& part : parts_of(encode(signed_by(promotion(), {"b", "c"})), like))
            say("b", part, 1);
        a.feed(RosterSaved{a.now(), a.roster_saves.back(), true});
    }

    // The last poll.
    void answer(std::string_view who, RosterSerial roster) {
        const Poll poll = a.sent_to<Poll>(who).back();
        Reply reply;
        reply.session = poll.session;
        reply.reign = poll.reign;
        reply.sequence = poll.sequence;
        reply.standing = Standing{a.status().term, true, Fitness::fit, false};
        say(who, reply, roster);
    }

    void promise(std::string_view who) {
        a.pass(100ms);
        answer(who, 1);
    }

    bool leads_on() { return a.node().roster_succeeds(a.now()).leads_on; }

    ThreeBench a;
};

TEST_F(AMasterWithMembers, LearnsARosterFromACandidateWhateverAMemberSpeaksOf) {
    join("m1");
    join("m2");
    a.sent.clear();
    say("m1", Leave{1, 1}, 9);
    ASSERT_EQ(a.sent_to<RosterAsk>("m1").size(), 1U);
    say("m2", Leave{1, 1}, 9);
    EXPECT_TRUE(a.sent_to<RosterAsk>("m2").empty()) << "one at a time";
    learn_of_promotion();
    EXPECT_EQ(a.node().roster().roster.serial, 1);
}

TEST_F(AMasterWithMembers, LeadsOnByTheNewCandidatesPromiseWhateverOthersPromise) {
    join("m1");
    join("m2");
    learn_of_promotion();
    promise("m2");
    EXPECT_FALSE(leads_on()) << "it is none";
    promise("m1");
    EXPECT_TRUE(leads_on());
    promise("m2");
    EXPECT_TRUE(leads_on());
}

// ---- and what it tells

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
