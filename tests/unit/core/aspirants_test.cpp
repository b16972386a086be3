// The only candidate makes candidates of two nodes that came by invitations for that, by itself.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/member_bench.hpp"
#include "tests/support/three_bench.hpp"

namespace berkeley {
namespace {

using test::endpoint;
using test::NodeBench;
using test::PlayedCluster;
using test::public_key;

constexpr std::uint16_t kElsewhere = 99;  // where new nodes ask from

NodeName name(std::string_view text) {
    return NodeName::from(text).value();
}

Foreseen foreseen(std::string_view node) {
    return {name(node), public_key(node)};
}

RosterWish promotion(std::string_view node) {
    return {RosterStep::promote, name(node), "", 0};
}

class Aspirants : public testing::Test {
  protected:
    Aspirants() : cluster(test::master_settings(2), test::four()), bench(cluster.bench) {}

    InvitationId invite(bool candidate) {
        bench.feed(InvitationWanted{bench.now(), true, 1h, candidate});
        saved();
        return bench.invitations.back();
    }

    void saved() {
        if (!bench.trust_saves.empty())
            bench.feed(TrustSaved{bench.now(), bench.trust_saves.back(), true});
    }

    void saved_not() { bench.feed(TrustSaved{bench.now(), bench.trust_saves.back(), false}); }

    void ask(InvitationId id, std::string_view who) {
        const Enrol enrol{id, 5, name(who), public_key(who)};
        const InvitationSecret secret =
            invitation_secret(*test::node_key("master"), test::kBenchCluster, id);
        Datagram question = encode({id_of(who), id_of("master"), 0, 0}, enrol);
        seal(question, enrolment_key(secret, test::kBenchCluster, id_of(who), id_of("master")));
        bench.sent.clear();
        bench.receive(question, endpoint(kElsewhere));
    }

    // m1 is the first of the members; it has what it was granted from then on.
    void enrol(std::size_t member, bool candidate) {
        ask(invite(candidate), "m" + std::to_string(member));
        saved();
        const auto answers = bench.sent_of<Admission>();
        ASSERT_EQ(answers.size(), 1U);
        ASSERT_EQ(answers[0].outcome, EnrolOutcome::admitted);
        played(member).granted = *answers[0].certificate;
    }

    test::PlayedMember& played(std::size_t member) { return *cluster.members.at(member - 1); }

    void join(std::initializer_list<std::size_t> members) {
        for (const std::size_t member : members)
            played(member).join();
        bench.pass(20s);
    }

    // Another daemon goes on there, with what is on the disk.
    void restart(const NodeSettings& settings, const SavedTrust& trust) {
        bench.begin_anew(settings, bench.node().saved_state(bench.now()), trust, {});
    }

    const std::vector<NodeName>& aspirants() {
        return bench.node().registry()->content().aspirants;
    }

    std::vector<SignedChange> made() const { return bench.node().saved_roster().chain.changes; }

    std::string awaited() {
        std::string all;
        for (const std::string& each : bench.node().awaited_candidates(bench.now()))
            all += each + "\n";
        return all;
    }

    PlayedCluster cluster;
    NodeBench& bench;
};

TEST_F(Aspirants, BecomeCandidatesWhenTwoAreHere) {
    enrol(1, true);
    enrol(2, false);
    enrol(3, true);
    join({1, 2});
    EXPECT_TRUE(made().empty());
    join({3});
    ASSERT_EQ(made().size(), 1U);
    EXPECT_EQ(made()[0].change.step, RosterStep::promote);
    EXPECT_EQ(made()[0].change.node.name.view(), "m1");
    EXPECT_EQ(made()[0].change.node.key, public_key("m1"));
    EXPECT_EQ(made()[0].change.foreseen, foreseen("m3"));
    EXPECT_EQ(bench.reported(ReportKind::roster_proposed), 1U);
    EXPECT_EQ(bench.successions, 0U) << "it is not on disk yet";
    bench.feed(RosterSaved{bench.now(), bench.roster_saves.back(), true});
    EXPECT_EQ(bench.successions, 1U);
    bench.pass(2s);
    EXPECT_TRUE(aspirants().empty()) << "the roster has it now";
    EXPECT_EQ(bench.reported(ReportKind::aspirant_let_go), 0U);
}

TEST_F(Aspirants, WaitWhileThereIsOneAndThatIsToldOnce) {
    enrol(1, true);
    enrol(2, false);
    EXPECT_NE(awaited().find("m1 is to be a candidate: it waits until berkeleyd runs on m1"),
              std::string::npos)
        << awaited();
    join({1, 2});
    bench.pass(10min);
    EXPECT_TRUE(made().empty());
    EXPECT_EQ(bench.reported(ReportKind::aspirant_waits), 1U);
    EXPECT_EQ(bench.status().notes,
              std::vector<std::string>{"m1 is to be a candidate: it waits for another, as two "
                                       "candidates lead only together"});
    EXPECT_TRUE(bench.status().advice.starts_with("'berkeleyctl invite --candidate' invites one"))
        << bench.status().advice;
    EXPECT_EQ(bench.status().candidates, std::vector<std::string>{"master"});
    EXPECT_NE(awaited().find("'berkeleyctl invite --candidate' invites one, or 'berkeleyctl "
                             "promote m1' makes two"),
              std::string::npos)
        << awaited();
    EXPECT_EQ(aspirants(), std::vector{name("m1")});
}

TEST_F(Aspirants, AreNotMissedByARestart) {
    enrol(1, true);
    enrol(2, true);
    join({1});
    restart(test::master_settings(2), bench.node().registry()->content());
    bench.pass(1s);
    join({1, 2});
    ASSERT_EQ(made().size(), 1U);
    EXPECT_EQ(made()[0].change.foreseen, foreseen("m2"));
}

TEST_F(Aspirants, AreNoneAnyMoreOnceTheyAreRevoked) {
    enrol(1, true);
    enrol(2, true);
    bench.feed(RevocationWanted{bench.now(), name("m2"), public_key("m2")});
    EXPECT_EQ(aspirants(), std::vector{name("m1")});
    join({1, 2, 3});
    EXPECT_TRUE(made().empty());
}

TEST_F(Aspirants, AreThoseThatTheirAnswerReached) {
    ask(invite(true), "m1");
    EXPECT_EQ(aspirants().size(), 1U);
    saved_not();
    EXPECT_TRUE(aspirants().empty()) << "the disk did not take it";
}

// It comes by two invitations, and asks again by the first one before the disk failed.
TEST_F(Aspirants, AreNoneAnyMoreInWhateverOrderItIsTakenBack) {
    const InvitationId as_member = invite(false);
    const InvitationId as_candidate = invite(true);
    for (const InvitationId id : {as_member, as_candidate, as_member})
        ask(id, "m1");
    EXPECT_EQ(aspirants().size(), 1U);
    saved_not();
    EXPECT_TRUE(aspirants().empty());
    EXPECT_TRUE(bench.node().registry()->content().enrolled.empty());
    bench.pass(2s);
    saved();
    ask(as_candidate, "m1");
    saved();
    EXPECT_EQ(aspirants(), std::vector{name("m1")}) << "the invitation is still good";
}

TEST_F(Aspirants, AreOneByOneInvitationThoughTheDiskFailed) {
    enrol(1, false);
    const InvitationId id = invite(true);
    ask(id, "m1");
    EXPECT_EQ(aspirants(), std::vector{name("m1")});
    saved_not();
    EXPECT_TRUE(aspirants().empty()) << "it is a member as before";
    EXPECT_NE(bench.node().registry()->certificate_of("m1"), nullptr);
    ask(id, "m2");
    saved();
    EXPECT_EQ(aspirants(), std::vector{name("m2")});
    bench.pass(2s);
}

// By an earlier invitation, whatever becomes of a later one.
TEST_F(Aspirants, StayWhatTheyWereThoughTheDiskFailed) {
    enrol(1, true);
    ask(invite(true), "m1");
    saved_not();
    EXPECT_EQ(aspirants(), std::vector{name("m1")});
}

// Whoever was one may not come back so, nor where there are others by now.
TEST_F(Aspirants, AreLetGoWhereTheOnlyCandidatesWordIsNotEnough) {
    enrol(1, true);
    enrol(2, true);
    const SavedTrust trust = bench.node().registry()->content();
    NodeSettings settings = test::master_settings(2);
    settings.former_keys = {public_key("m2")};
    restart(settings, trust);
    bench.pass(5s);
    EXPECT_EQ(aspirants(), std::vector{name("m1")});
    EXPECT_EQ(bench.reported(ReportKind::aspirant_let_go), 1U);
    join({1, 2});
    EXPECT_TRUE(made().empty());
    EXPECT_EQ(
        bench.node().why_no_roster(promotion("m2"), bench.now()),
        "m2 was a candidate with this key, and is none any more for good: 'berkeleyctl revoke "
        "m2', join it anew with an invitation, and promote it then");

    settings = test::master_settings(2);
    settings.candidates.push_back({"m1", public_key("m1")});
    restart(settings, trust);
    bench.pass(5s);
    EXPECT_TRUE(aspirants().empty());
    ASSERT_EQ(bench.reported(ReportKind::aspirant_let_go), 2U) << "m1 is one: no word about that";
    EXPECT_EQ(bench.reports.back().subject, "m2");
    EXPECT_TRUE(made().empty());
}

TEST_F(Aspirants, AreForeseenByAPromotionByHandToo) {
    enrol(1, true);
    enrol(2, false);
    join({1, 2});
    EXPECT_TRUE(bench.node().why_no_roster(promotion("m2"), bench.now()).empty());
    bench.feed(RosterWanted{bench.now(), promotion("m2")});
    ASSERT_EQ(made().size(), 1U);
    EXPECT_EQ(made()[0].change.node.name.view(), "m2");
    EXPECT_EQ(made()[0].change.foreseen, foreseen("m1"));
}

TEST_F(Aspirants, AreInvitedByTheOnlyCandidateAndAreNoMoreThanTwo) {
    EXPECT_TRUE(bench.node().why_no_candidate_invitation(bench.now()).empty());
    enrol(1, true);
    enrol(2, true);
    EXPECT_NE(bench.node().why_no_candidate_invitation(bench.now()).find("as many as come"),
              std::string::npos);
    const std::size_t before = bench.invitations.size();
    bench.feed(InvitationWanted{bench.now(), true, 1h, true});
    EXPECT_EQ(bench.invitations.size(), before);
    EXPECT_TRUE(bench.node().why_no_invitation(bench.now()).empty());

    test::ThreeBench one_of_three("a");
    EXPECT_NE(one_of_three.node()
                  .why_no_candidate_invitation(one_of_three.now())
                  .find("one candidate's word is not enough"),
              std::string::npos);
    one_of_three.feed(InvitationWanted{one_of_three.now(), true, 1h, true});
    EXPECT_TRUE(one_of_three.invitations.empty());
}

// ---- the second candidate

Roster roster_of(std::initializer_list<std::string_view> names, RosterSerial serial) {
    Roster roster{.serial = serial, .candidates = {}, .former = {}};
    for (const std::string_view each : names)
        roster.candidates.push_back({name(each), "192.0.2.9", 10525, public_key(each)});
    return roster;
}

// b, which a made a candidate when it was the only one, and foresaw m1.
class TheSecondCandidate : public testing::Test {
  protected:
    TheSecondCandidate() : b(settings_of_b()) {
        SavedRoster saved;
        saved.chain.founding = one;
        const RosterChange change = next_change(one, test::kBenchCluster, RosterStep::promote,
                                                two.candidates[1], foreseen("m1"));
        saved.chain.changes = {
            {change, {{0, sign(change, *test::node_key("a"), test::kBenchCluster)}}}};
        b.start(test::voted(3, "a"), SavedTrust{}, saved);
        b.feed(CandidateResolved{b.now(), "a", endpoint(1)});
        b.pass(5s);
    }

    static NodeSettings settings_of_b() {
        NodeSettings settings = test::of_three("b");
        settings.candidates.pop_back();
        settings.roster = 1;
        return settings;
    }

    // To the proposal by a that `who` with the key of `key_of` be one, certified by `issuer`.
    std::optional<RosterAnswer> answer(std::string_view who, std::string_view key_of,
                                       std::string_view issuer) {
        const TokenCandidate meant{name(who), "192.0.2.9", 10525, public_key(key_of)};
        auto bytes = encode(
            SignedChange{next_change(two, test::kBenchCluster, RosterStep::promote, meant), {}});
        const auto certificate = encode(test::certificate_for(who, issuer));
        bytes.insert(bytes.end(), certificate.begin(), certificate.end());
        RosterPart part{.session = ++session,
                        .of = RosterPartOf::proposal,
                        .serial = 2,
                        .part = 0,
                        .parts = 1,
                        .size = static_cast<std::uint8_t>(bytes.size()),
                        .bytes = {}};
        EXPECT_LE(bytes.size(), kRosterPartSize);
        std::ranges::copy(bytes, part.bytes.begin());
        b.sent.clear();
        b.receive(test::sealed(part, "a", "b", 3, 1, {"a", "b", test::kBenchCluster, 1}),
                  endpoint(1));
        const auto said = b.sent_of<RosterSay>();
        return said.empty() ? std::nullopt : std::optional(said.back().answer);
    }

    const Roster one = roster_of({"a"}, 0);
    const Roster two = roster_of({"a", "b"}, 1);
    std::uint64_t session = 0;
    NodeBench b;
};

// a's key is in other hands: it makes nobody a candidate of whom a had not spoken before.
TEST_F(TheSecondCandidate, SignsForWhomTheOnlyOneForesawAndForNobodyElse) {
    EXPECT_EQ(answer("m2", "m2", "a"), RosterAnswer::own_certificate);
    EXPECT_EQ(answer("m1", "m2", "a"), RosterAnswer::own_certificate);
    EXPECT_EQ(answer("m2", "m1", "a"), RosterAnswer::own_certificate);
    EXPECT_EQ(answer("m1", "m1", "m2"), RosterAnswer::own_certificate) << "nobody's certificate";
    EXPECT_TRUE(b.roster_saves.empty());
    EXPECT_EQ(answer("m1", "m1", "a"), std::nullopt);
    EXPECT_EQ(b.roster_saves.size(), 1U) << "it is being signed";
}

TEST_F(TheSecondCandidate, SignsForNobodyWhoseKeyIsRevoked) {
    b.feed(RevocationWanted{b.now(), name("m1"), public_key("m1")});
    EXPECT_EQ(answer("m1", "m1", "a"), RosterAnswer::revoked);
    EXPECT_TRUE(b.roster_saves.empty());
}

}  // namespace
}  // namespace berkeley
