// How a candidate invites new nodes and enrols them.
#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"
#include "tests/unit/core/point_checks.hpp"

namespace berkeley {
namespace {

using test::endpoint;
using test::NodeBench;
using test::public_key;

class EnrolmentTest : public testing::Test {
  protected:
    explicit EnrolmentTest(NodeSettings settings = test::bench_settings("master"))
        : bench(settings) {
        bench.start();
    }

    InvitationId invite(bool votes = true, Duration lasts = 1h) {
        bench.feed(InvitationWanted{bench.now(), votes, lasts});
        return bench.invitations.back();
    }

    static Datagram question(InvitationId id, std::string_view name, std::string_view key_of = {},
                             std::uint64_t nonce = 5) {
        const Enrol enrol{id, nonce, *NodeName::from(name),
                          public_key(key_of.empty() ? name : key_of)};
        Datagram datagram = encode({id_of(name), id_of("master"), 0, 0}, enrol);
        seal(datagram, enrolment_key(secret_of(id), "bench", id_of(name), id_of("master")));
        return datagram;
    }

    static InvitationSecret secret_of(InvitationId id) {
        return invitation_secret(*test::node_key("master"), "bench", id);
    }

    void ask(InvitationId id, std::string_view name, std::string_view key_of = {}) {
        asked = id;
        bench.sent.clear();
        bench.receive(question(id, name, key_of), endpoint(3));
    }

    void saved(bool good = true) {
        bench.feed(TrustSaved{bench.now(), bench.trust_saves.back(), good});
    }

    Admission last_answer(std::string_view to) {
        EXPECT_EQ(bench.sent.size(), 1U);
        if (bench.sent.empty())
            return {};
        const NodeBench::Sent& sent = bench.sent.back();
        EXPECT_EQ(sent.to, endpoint(3));
        EXPECT_TRUE(sealed_by(
            sent.bytes, enrolment_key(secret_of(asked), "bench", id_of("master"), id_of(to))));
        const auto& answer = std::get<Admission>(sent.message);
        EXPECT_EQ(answer.nonce, 5U);
        EXPECT_EQ(answer.certificate.has_value(), answer.outcome == EnrolOutcome::admitted);
        return answer;
    }

    // Asks, and has saved what is to be saved.
    EnrolOutcome outcome(InvitationId id, std::string_view name, std::string_view key_of = {}) {
        ask(id, name, key_of);
        if (bench.sent.empty())
            saved();
        return last_answer(name).outcome;
    }

    DropCounters dropped() { return bench.tracking().dropped; }

    NodeBench bench;
    InvitationId asked;
};

TEST_F(EnrolmentTest, TheFirstNodeThatComesGetsACertificateThatLetsItIn) {
    const InvitationId id = invite();
    ask(id, "n1");
    EXPECT_TRUE(bench.sent.empty());  // not before it is on disk
    saved();
    const Admission answer = last_answer("n1");
    EXPECT_EQ(answer.outcome, EnrolOutcome::admitted);
    const std::vector<PublicKey> pinned{public_key("master")};
    EXPECT_TRUE(verify(*answer.certificate, "bench", "n1", pinned));
    EXPECT_EQ(answer.certificate->key, public_key("n1"));
    EXPECT_TRUE(answer.certificate->votes);
    EXPECT_EQ(bench.reported(ReportKind::node_enrolled), 1U);

    Join join;
    join.session = 1;
    join.name = *NodeName::from("n1");
    join.certificate = answer.certificate;
    bench.receive(join, "n1", endpoint(3));
    EXPECT_TRUE(std::holds_alternative<Poll>(bench.sent.back().message));
}

TEST_F(EnrolmentTest, AnInvitationWithoutAVoteGrantsNone) {
    ask(invite(false), "n1");
    saved();
    EXPECT_FALSE(last_answer("n1").certificate->votes);
}

TEST_F(EnrolmentTest, WhoAsksAgainGetsTheSameAndAnybodyElseNothing) {
    const InvitationId id = invite();
    ask(id, "n1");
    ask(id, "n1");  // before the answer left
    EXPECT_TRUE(bench.sent.empty());
    saved();
    const Certificate first = *last_answer("n1").certificate;
    ask(id, "n1");
    EXPECT_EQ(*last_answer("n1").certificate, first);
    EXPECT_EQ(outcome(id, "n2"), EnrolOutcome::used);
    EXPECT_EQ(outcome(id, "n1", "n2"), EnrolOutcome::used);  // another key
    EXPECT_EQ(outcome(id, "n2", "n1"), EnrolOutcome::used);  // another name
    EXPECT_EQ(bench.reported(ReportKind::node_enrolled), 1U);
    EXPECT_EQ(bench.reported(ReportKind::enrolment_refused), 3U);
    EXPECT_EQ(bench.node().registry()->content().enrolled.size(), 1U);
}

// Only what its asker may have gone without is asked for: nothing else changes.
TEST_F(EnrolmentTest, AReplayedEnrolChangesNothing) {
    const InvitationId id = invite();
    ask(id, "n1");
    saved();
    const std::size_t saves = bench.trust_saves.size();
    for (int i = 0; i < 10; ++i) {
        bench.sent.clear();
        bench.receive(question(id, "n1"), endpoint(66));
        EXPECT_EQ(bench.sent.size(), 1U);
    }
    EXPECT_EQ(bench.trust_saves.size(), saves);
    EXPECT_EQ(bench.node().members(bench.now()).size(), 1U);
}

TEST_F(EnrolmentTest, ExpiresOnAClockThatCountsSuspends) {
    const InvitationId id = invite(true, 10s);
    const InvitationId other = invite(true, 10s);
    bench.pass(9s);
    EXPECT_EQ(outcome(other, "n2"), EnrolOutcome::admitted);
    bench.suspend(1s);
    EXPECT_EQ(outcome(id, "n1"), EnrolOutcome::expired);
    EXPECT_EQ(outcome(other, "n2"), EnrolOutcome::expired);  // also for who had used it
}

TEST_F(EnrolmentTest, HoldsOverARestartWithItsUse) {
    const InvitationId used = invite();
    const InvitationId open = invite();
    EXPECT_EQ(outcome(used, "n1"), EnrolOutcome::admitted);
    const SavedTrust disk = bench.node().registry()->content();

    NodeBench after(test::bench_settings("master"));
    after.start({}, disk);
    const auto outcome_of = [&after](const Datagram& datagram) {
        after.sent.clear();
        after.receive(datagram, endpoint(3));
        if (after.sent.empty())
            after.feed(TrustSaved{after.now(), after.trust_saves.back(), true});
        return std::get<Admission>(after.sent.back().message).outcome;
    };
    EXPECT_EQ(outcome_of(question(used, "n1")), EnrolOutcome::admitted);
    EXPECT_EQ(outcome_of(question(used, "n2")), EnrolOutcome::used);
    EXPECT_EQ(outcome_of(question(open, "n1", "n2")), EnrolOutcome::name_taken);
    EXPECT_EQ(outcome_of(question(open, "n2")), EnrolOutcome::admitted);
}

// As after a reboot: the file's invitations are left out.
TEST_F(EnrolmentTest, AForgottenInvitationIsToldToBe) {
    const InvitationId id = invite();
    NodeBench after(test::bench_settings("master"));
    after.start();
    after.receive(question(id, "n1"), endpoint(3));
    EXPECT_EQ(std::get<Admission>(after.sent.back().message).outcome, EnrolOutcome::unknown);
}

TEST_F(EnrolmentTest, WhatIsNotByTheSecretGetsNoAnswer) {
    const InvitationId id = invite();
    bench.sent.clear();
    Datagram bent = question(id, "n1");
    bent[100] ^= 1;
    bench.receive(bent, endpoint(3));
    bench.receive(encode({id_of("n1"), id_of("master"), 0, 0},
                         Enrol{InvitationId{1}, 5, *NodeName::from("n1"), public_key("n1")}),
                  endpoint(3));
    Datagram another_id = question(id, "n1");
    another_id[47] ^= 1;
    bench.receive(another_id, endpoint(3));
    bench.receive(question(id, "n1", {}, 0), endpoint(3));  // no nonce
    // The thief of a member's disk has that member's key, and no invitation.
    bench.receive(Enrol{id, 5, *NodeName::from("n9"), public_key("n9")}, "n1", endpoint(3));
    EXPECT_TRUE(bench.sent.empty());
    EXPECT_EQ(dropped().not_authentic, 5U);
    EXPECT_EQ(bench.reported(ReportKind::enrolment_refused), 0U);
    EXPECT_EQ(outcome(id, "n1"), EnrolOutcome::admitted);
}

TEST_F(EnrolmentTest, NamesAndKeysInUseAreNotGivenAway) {
    EXPECT_EQ(outcome(invite(), "n1"), EnrolOutcome::admitted);
    EXPECT_EQ(outcome(invite(), "n1", "other"), EnrolOutcome::name_taken);
    EXPECT_EQ(outcome(invite(), "master", "other"), EnrolOutcome::name_taken);
    EXPECT_EQ(outcome(invite(), "n2", "n1"), EnrolOutcome::refused);      // one key, two names
    EXPECT_EQ(outcome(invite(), "n2", "master"), EnrolOutcome::refused);  // the candidate's key
    EXPECT_EQ(outcome(invite(), "n1"), EnrolOutcome::admitted);           // the same node anew
}

class EnrolmentWithReferencesTest : public EnrolmentTest {
  protected:
    void name_references(std::vector<std::string> names) {
        NodeSettings settings = test::bench_settings("master");
        settings.references = std::move(names);
        bench.feed(SettingsChanged{bench.now(), settings});
    }
};

// A reference moves cluster time: the thief of a token that is a plain node's must not be one.
TEST_F(EnrolmentWithReferencesTest, AReferencesNameIsGivenAwayByNoToken) {
    name_references({"gps1"});
    const InvitationId id = invite();
    EXPECT_EQ(outcome(id, "gps1"), EnrolOutcome::name_taken);
    EXPECT_NE(bench.reports.back().detail.find("`references`"), std::string::npos)
        << bench.reports.back().detail;
    EXPECT_EQ(outcome(id, "n1"), EnrolOutcome::admitted);
}

TEST_F(EnrolmentWithReferencesTest, AReferenceThatIsEnrolledStaysSo) {
    const InvitationId id = invite();
    EXPECT_EQ(outcome(id, "gps1"), EnrolOutcome::admitted);
    name_references({"gps1"});
    EXPECT_EQ(outcome(id, "gps1"), EnrolOutcome::admitted) << "it missed the answer";
    EXPECT_EQ(outcome(invite(), "gps1"), EnrolOutcome::admitted) << "the same node anew";
    EXPECT_EQ(outcome(invite(), "gps1", "other"), EnrolOutcome::name_taken);
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("gps1"), public_key("gps1")});
    EXPECT_EQ(outcome(invite(), "gps1", "other"), EnrolOutcome::name_taken);
}

TEST_F(EnrolmentTest, AKeyIsCheckedAtItsFirstUseOnly) {
    const InvitationId id = invite();
    ask(id, "n1");
    saved();
    const int checks = test::point_checks;
    for (int i = 0; i < 10; ++i)
        bench.receive(question(id, "n1"), endpoint(66));
    EXPECT_EQ(test::point_checks, checks) << "anybody can send it again";
    EXPECT_EQ(outcome(invite(), "n2"), EnrolOutcome::admitted);
    EXPECT_GT(test::point_checks, checks);
}

TEST_F(EnrolmentTest, AMembersNameIsTakenWhoeverCertifiedIt) {
    Join join;
    join.session = 1;
    join.oscillator = 1;
    join.name = *NodeName::from("n1");
    join.certificate = test::certificate_for("n1");
    bench.receive(join, "n1", endpoint(3));
    const auto poll = std::get<Poll>(bench.sent.back().message);
    Reply reply;
    reply.session = poll.session;
    reply.reign = poll.reign;
    reply.sequence = poll.sequence;
    bench.receive(reply, "n1", endpoint(3));
    ASSERT_EQ(bench.status().members, 2U);
    EXPECT_EQ(outcome(invite(), "n1", "other"), EnrolOutcome::name_taken);
    EXPECT_EQ(bench.node().key_of("n1"), public_key("n1"));
    EXPECT_EQ(bench.node().name_of(public_key("n1"))->view(), "n1");
}

TEST_F(EnrolmentTest, ARevokedKeyComesBackByNoInvitationAndItsNameIsFree) {
    EXPECT_EQ(outcome(invite(), "n1"), EnrolOutcome::admitted);
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("n1"), public_key("n1")});
    EXPECT_EQ(bench.node().key_of("n1"), std::nullopt);
    EXPECT_EQ(outcome(invite(), "n1"), EnrolOutcome::refused);
    EXPECT_EQ(outcome(invite(), "n1", "other"), EnrolOutcome::admitted);
}

TEST_F(EnrolmentTest, WhatCannotBeSavedIsNotGrantedAndTheInvitationStaysGood) {
    const InvitationId id = invite();
    saved();
    ask(id, "n1");
    saved(false);
    EXPECT_EQ(last_answer("n1").outcome, EnrolOutcome::refused);
    EXPECT_NE(bench.status().reason.find("could not be saved"), std::string::npos);
    EXPECT_TRUE(bench.node().registry()->content().enrolled.empty());
    EXPECT_EQ(outcome(id, "n1", "other"), EnrolOutcome::admitted);
    EXPECT_EQ(bench.status().reason.find("could not be saved"), std::string::npos);
}

// A name that was given away must not become free because the disk fails.
TEST_F(EnrolmentTest, WhatCannotBeSavedLeavesTheEarlierCertificate) {
    EXPECT_EQ(outcome(invite(), "n1"), EnrolOutcome::admitted);
    const Certificate before = *bench.node().registry()->certificate_of("n1");
    const InvitationId second = invite();
    ask(second, "n1");
    EXPECT_NE(*bench.node().registry()->certificate_of("n1"), before);
    saved(false);
    EXPECT_EQ(last_answer("n1").outcome, EnrolOutcome::refused);
    ASSERT_NE(bench.node().registry()->certificate_of("n1"), nullptr);
    EXPECT_EQ(*bench.node().registry()->certificate_of("n1"), before);
    EXPECT_EQ(outcome(invite(), "n1", "other"), EnrolOutcome::name_taken);
    EXPECT_EQ(outcome(second, "n1"), EnrolOutcome::admitted);  // it is still good
}

// Its node was put out before its enrolment was saved: it must not come in by the same token.
TEST_F(EnrolmentTest, TheInvitationOfARevokedKeyDoesNotComeBack) {
    const InvitationId id = invite();
    ask(id, "n1");
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("n1"), public_key("n1")});
    saved(false);
    EXPECT_EQ(outcome(id, "n1", "another"), EnrolOutcome::used);
}

TEST_F(EnrolmentTest, ARevocationThatCouldNotBeSavedIsSavedLater) {
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("n1"), public_key("n1")});
    saved(false);
    EXPECT_EQ(bench.trust_saves.size(), 1U);
    bench.pass(62s);
    EXPECT_EQ(bench.trust_saves.size(), 2U);
    saved();
    bench.pass(200s);
    EXPECT_EQ(bench.trust_saves.size(), 2U);
}

TEST_F(EnrolmentTest, OpenInvitationsHaveALimit) {
    for (std::size_t i = 0; i < Registry::kMostOpen; ++i)
        invite(true, 10s);
    EXPECT_FALSE(bench.node().why_no_invitation(bench.now()).empty());
    const std::size_t made = bench.invitations.size();
    bench.feed(InvitationWanted{bench.now(), true, 1h});
    EXPECT_EQ(bench.invitations.size(), made);
    bench.pass(10s);
    EXPECT_TRUE(bench.node().why_no_invitation(bench.now()).empty());
    for (std::size_t i = 0; i < 10 * Registry::kMostInvitations; ++i) {
        invite(true, 1s);
        bench.pass(1s);
    }
    EXPECT_LE(bench.node().registry()->content().invitations.size(), Registry::kMostInvitations);
}

class SmallEnrolmentTest : public EnrolmentTest {
  protected:
    SmallEnrolmentTest() : EnrolmentTest(small()) {}
    static NodeSettings small() {
        NodeSettings settings = test::bench_settings("master");
        settings.max_members = 2;
        return settings;
    }
};

TEST_F(SmallEnrolmentTest, EnrolsNoMoreThanThereIsRoomFor) {
    EXPECT_EQ(outcome(invite(), "n1"), EnrolOutcome::admitted);
    EXPECT_EQ(outcome(invite(), "n2"), EnrolOutcome::admitted);
    EXPECT_EQ(outcome(invite(), "n3"), EnrolOutcome::refused);
    EXPECT_EQ(outcome(invite(), "n1"), EnrolOutcome::admitted);
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("n1"), public_key("n1")});
    EXPECT_EQ(outcome(invite(), "n3"), EnrolOutcome::admitted);
}

TEST(Enrolment, AMemberInvitesAndRevokesNobody) {
    NodeBench bench(test::bench_settings("m1"));
    bench.start();
    EXPECT_NE(bench.node().why_no_invitation(bench.now()).find("ask on master"), std::string::npos);
    EXPECT_NE(bench.node().why_no_revocation({}).find("ask on master"), std::string::npos);
    bench.feed(InvitationWanted{bench.now(), true, 1h});
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("m2"), public_key("m2")});
    EXPECT_TRUE(bench.invitations.empty());
    EXPECT_TRUE(bench.trust_saves.empty());
    EXPECT_EQ(bench.node().registry(), nullptr);
}

}  // namespace
}  // namespace berkeley
