// Who is let in by a master, and who is not.
#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::certificate_for;
using test::endpoint;
using test::NodeBench;
using test::PlayedCluster;
using test::PlayedMember;

class GateTest : public testing::Test {
  protected:
    GateTest() : bench(settings()) { bench.start(); }

    static NodeSettings settings() {
        NodeSettings settings = test::bench_settings("master");
        settings.expect = 1;
        return settings;
    }

    static Join join(std::string_view name, Session session = 7) {
        Join join;
        join.session = session;
        join.oscillator = 1;
        join.name = *NodeName::from(name);
        join.certificate = certificate_for(name);
        return join;
    }

    // The one answer to a Join that is sent again with its cookie.
    Message answer(const Join& join, std::string_view from, std::uint16_t port = 1) {
        bench.sent.clear();
        bench.receive(join, from, endpoint(port));
        EXPECT_FALSE(bench.sent.empty());
        return bench.sent.empty() ? Message{} : bench.sent.back().message;
    }

    RefusalReason refusal(const Join& join, std::string_view from, std::uint16_t port = 1) {
        const Message said = answer(join, from, port);
        const auto* refusal = std::get_if<Refusal>(&said);
        EXPECT_NE(refusal, nullptr) << said.index();
        if (refusal == nullptr)
            return kLastRefusalReason;
        EXPECT_EQ(refusal->session, join.session);
        EXPECT_TRUE(sealed_by(bench.sent.back().bytes, test::seal_of("master", from)));
        return refusal->reason;
    }

    bool let_in(const Join& join, std::string_view from, std::uint16_t port = 1) {
        return std::holds_alternative<Poll>(answer(join, from, port));
    }

    std::size_t members() { return bench.status().members; }
    DropCounters dropped() { return bench.tracking().dropped; }

    NodeBench bench;
};

TEST_F(GateTest, AStrangersJoinIsAnsweredByARetryOnly) {
    const Datagram question = test::sealed(join("m1"), "m1", "master");
    bench.receive(question, endpoint(1));
    ASSERT_EQ(bench.sent.size(), 1U);
    const auto& retry = std::get<Retry>(bench.sent[0].message);
    EXPECT_EQ(retry.session, 7U);
    EXPECT_NE(retry.cookie, 0U);
    EXPECT_EQ(bench.sent[0].to, endpoint(1));
    EXPECT_EQ(bench.sent[0].header.to, id_of("m1"));
    EXPECT_EQ(bench.sent[0].bytes.size(), question.size());
    // Nothing was kept: the same question gets the same answer.
    bench.receive(question, endpoint(1));
    ASSERT_EQ(bench.sent.size(), 2U);
    EXPECT_EQ(bench.sent[1].bytes, bench.sent[0].bytes);
    EXPECT_TRUE(std::holds_alternative<Retry>(bench.sent[1].message));
}

TEST_F(GateTest, WithTheCookieItIsPolled) {
    EXPECT_TRUE(let_in(join("m1"), "m1"));
    EXPECT_EQ(bench.sent.size(), 2U);  // a Retry and a Poll
}

TEST_F(GateTest, ACookieOfAnotherAddressOrSessionIsAnsweredByARetry) {
    bench.receive(test::sealed(join("m1"), "m1", "master"), endpoint(1));
    Join with_cookie = join("m1");
    with_cookie.cookie = std::get<Retry>(bench.sent.back().message).cookie;
    bench.receive(test::sealed(with_cookie, "m1", "master"), endpoint(2));
    EXPECT_TRUE(std::holds_alternative<Retry>(bench.sent.back().message));
    with_cookie.session = 8;
    bench.receive(test::sealed(with_cookie, "m1", "master"), endpoint(1));
    EXPECT_TRUE(std::holds_alternative<Retry>(bench.sent.back().message));
    with_cookie.session = 7;
    bench.receive(test::sealed(with_cookie, "m1", "master"), endpoint(1));
    EXPECT_TRUE(std::holds_alternative<Poll>(bench.sent.back().message));
}

TEST_F(GateTest, WithoutACertificateThereIsNoAnswer) {
    Join bare = join("m1");
    bare.certificate.reset();
    bench.receive(bare, "m1", endpoint(1));
    EXPECT_TRUE(bench.sent.empty());
    EXPECT_EQ(dropped().no_certificate, 1U);
}

TEST_F(GateTest, ACertificateHasToHoldForClusterNameAndKey) {
    Join bent = join("m1");
    bent.certificate->signature[3] ^= 1;
    EXPECT_EQ(refusal(bent, "m1"), RefusalReason::bad_signature);
    Join by_m2 = join("m1");
    by_m2.certificate = certificate_for("m1", "m2");
    EXPECT_EQ(refusal(by_m2, "m1"), RefusalReason::unknown_issuer);
    Join elsewhere = join("m1");
    elsewhere.certificate = certificate_for("m1", "master", "yard");
    EXPECT_EQ(refusal(elsewhere, "m1"), RefusalReason::bad_signature);
    Join greedy = join("m1");
    greedy.certificate = certificate_for("m1", "master", "bench", false);
    EXPECT_EQ(refusal(greedy, "m1"), RefusalReason::not_as_certified);
    greedy.votes = false;
    EXPECT_TRUE(let_in(greedy, "m1"));
    EXPECT_EQ(dropped().not_admitted, 4U);
    EXPECT_EQ(bench.reported(ReportKind::member_refused), 4U);
}

// The thief of m1's disk has m1's key and certificate, and no more.
TEST_F(GateTest, AStolenKeyOpensNoOtherName) {
    Join as_m9 = join("m9");
    as_m9.certificate = certificate_for("m1");
    bench.sent.clear();
    const auto send = [this, &as_m9] {
        bench.receive(
            test::sealed(as_m9, "m9", "master", 0, 0, {.from_key = "m1", .to_key = "master"}),
            endpoint(1));
    };
    send();
    as_m9.cookie = std::get<Retry>(bench.sent.back().message).cookie;
    send();
    EXPECT_EQ(std::get<Refusal>(bench.sent.back().message).reason, RefusalReason::bad_signature);
    // Nor does somebody else's certificate, whose key it has not.
    as_m9.certificate = certificate_for("m9");
    const std::size_t sent = bench.sent.size();
    send();
    EXPECT_EQ(bench.sent.size(), sent);
    EXPECT_EQ(dropped().not_authentic, 1U);
    EXPECT_EQ(members(), 1U);
}

TEST_F(GateTest, ARevokedKeyIsToldSoAndStaysOut) {
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("m1"), test::public_key("m1")});
    EXPECT_EQ(refusal(join("m1"), "m1"), RefusalReason::revoked);
    EXPECT_EQ(bench.reported(ReportKind::node_revoked), 1U);
}

TEST_F(GateTest, WhoCannotReadTheRevocationsLetsNobodyIn) {
    NodeBench blind(settings());
    blind.start({}, std::nullopt);
    blind.receive(join("m1"), "m1", endpoint(1));
    EXPECT_EQ(std::get<Refusal>(blind.sent.back().message).reason, RefusalReason::trust_unreadable);
    EXPECT_NE(blind.status().reason.find("cannot be read"), std::string::npos);
    EXPECT_NE(blind.status().advice.find("trust.json"), std::string::npos);
    EXPECT_FALSE(blind.node().why_no_invitation(blind.now()).empty());
    EXPECT_FALSE(blind.node().why_no_revocation(test::public_key("m1")).empty());
    blind.feed(RevocationWanted{blind.now(), *NodeName::from("m1"), test::public_key("m1")});
    blind.feed(InvitationWanted{blind.now(), true, 1h});
    EXPECT_TRUE(blind.trust_saves.empty());  // nothing may take its place
}

TEST_F(GateTest, ForgedSealsAreDroppedInSilence) {
    Join forged = join("m1");
    bench.receive(
        test::sealed(forged, "m1", "master", 0, 0, {.from_key = "m2", .to_key = "master"}),
        endpoint(1));
    forged.cookie = std::get<Retry>(bench.sent.back().message).cookie;
    bench.receive(
        test::sealed(forged, "m1", "master", 0, 0, {.from_key = "m2", .to_key = "master"}),
        endpoint(1));
    EXPECT_EQ(bench.sent.size(), 1U);
    EXPECT_EQ(dropped().not_authentic, 1U);
    EXPECT_EQ(bench.node().members(bench.now()).size(), 1U);
}

TEST_F(GateTest, ChecksNoMoreThanItsLimitAndCountsTheRest) {
    const auto ask = [this](Session session) {
        Join forged = join("m1", session);
        forged.certificate->signature[0] ^= 1;
        bench.sent.clear();
        bench.receive(forged, "m1", endpoint(1));
    };
    for (Session session = 1; session <= 150; ++session)
        ask(session);
    EXPECT_EQ(dropped().over_limit, 50U);
    EXPECT_EQ(dropped().not_admitted, 100U);
    bench.pass(1s);
    EXPECT_TRUE(let_in(join("m1", 999), "m1"));
}

TEST_F(GateTest, AFloodOfForgedJoinsKeepsNothingAndAnHonestOneComesIn) {
    Join forged = join("m1");
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        forged.session = i + 1;
        forged.cookie = i;
        Endpoint from = endpoint(static_cast<std::uint16_t>(i));
        from.address[3] = static_cast<std::uint8_t>(i >> 16);
        bench.sent.clear();
        bench.receive(encode({id_of("m1"), id_of("master"), 0, 0}, forged), from);
        ASSERT_EQ(bench.sent.size(), 1U);
        ASSERT_TRUE(std::holds_alternative<Retry>(bench.sent[0].message));
        bench.pass(60us);
    }
    EXPECT_EQ(bench.node().members(bench.now()).size(), 1U);
    EXPECT_TRUE(let_in(join("m2"), "m2", 77));
    EXPECT_EQ(dropped().over_limit, 0U);  // not one was worth checking
}

TEST_F(GateTest, AnswersNoMoreStrangersThanItsLimit) {
    constexpr std::size_t kAnswered = 20'000;
    const Datagram forged = encode({id_of("m1"), id_of("master"), 0, 0}, join("m1"));
    for (std::size_t i = 0; i < kAnswered + 500; ++i)
        bench.receive(forged, endpoint(1));
    EXPECT_EQ(bench.sent.size(), kAnswered);
    EXPECT_EQ(dropped().over_limit, 500U);
    bench.pass(1ms);
    EXPECT_TRUE(let_in(join("m2"), "m2", 77));
}

// ---- those whose certificates it knows

Endpoint ipv6(std::uint8_t host) {
    Endpoint endpoint;
    endpoint.address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host};
    endpoint.port = 10525;
    return endpoint;
}

// A neighbour of its spends all that there is for strangers of their place.
class AcquaintedGateTest : public GateTest {
  protected:
    void spend_all(const Endpoint& from = ipv6(1)) {
        Join forged = join("m9");
        bench.sent.clear();
        const auto send = [&] {
            Datagram bytes = test::sealed(forged, "m9", "master");
            bytes.back() ^= 1;
            bench.receive(bytes, from);
        };
        send();
        forged.cookie = std::get<Retry>(bench.sent.back().message).cookie;
        const std::uint64_t before = dropped().over_limit;
        for (int i = 0; i < 1000; ++i)
            send();
        ASSERT_GE(dropped().over_limit, before + 900);
    }

    // By its second try, which the cookie is in.
    Message answer_from(const Endpoint& at, const Join& join, std::string_view from) {
        bench.sent.clear();
        bench.receive(join, from, at);
        return bench.sent.empty() ? Message{} : bench.sent.back().message;
    }

    // A master that leads anew knows no members.
    void forget_members() {
        bench.feed(RawClockBroken{bench.now(), "a test"});
        ASSERT_EQ(bench.node().members(bench.now()).size(), 1U);
    }
};

TEST_F(AcquaintedGateTest, NoFloodKeepsThemOut) {
    ASSERT_TRUE(std::holds_alternative<Poll>(answer_from(ipv6(2), join("m1"), "m1")));
    forget_members();
    spend_all();
    EXPECT_TRUE(std::holds_alternative<Poll>(answer_from(ipv6(2), join("m1", 8), "m1")));
    EXPECT_TRUE(std::holds_alternative<Retry>(answer_from(ipv6(3), join("m2"), "m2")))
        << "a newcomer of that place waits";
    EXPECT_TRUE(let_in(join("m2"), "m2")) << "and one of another place does not";
}

TEST_F(AcquaintedGateTest, TheirRevocationIsSeenAtOnce) {
    ASSERT_TRUE(std::holds_alternative<Poll>(answer_from(ipv6(2), join("m1"), "m1")));
    bench.feed(RevocationWanted{bench.now(), *NodeName::from("m1"), test::public_key("m1")});
    EXPECT_EQ(refusal(join("m1", 8), "m1"), RefusalReason::revoked);
}

// The certificate went over the wire; the key did not.
TEST_F(AcquaintedGateTest, TheirCertificateAloneIsWorthNothing) {
    ASSERT_TRUE(let_in(join("m1"), "m1"));
    forget_members();
    Join stolen = join("m1", 8);
    const auto send = [&] {
        bench.receive(
            test::sealed(stolen, "m1", "master", 0, 0, {.from_key = "m2", .to_key = "master"}),
            endpoint(1));
    };
    send();
    stolen.cookie = std::get<Retry>(bench.sent.back().message).cookie;
    bench.sent.clear();
    send();
    EXPECT_TRUE(bench.sent.empty());
    EXPECT_EQ(dropped().not_authentic, 1U);
}

TEST_F(AcquaintedGateTest, AnotherCertificateIsVerifiedAnew) {
    ASSERT_TRUE(let_in(join("m1"), "m1"));
    forget_members();
    Join bent = join("m1", 8);
    bent.certificate->signature[3] ^= 1;
    EXPECT_EQ(refusal(bent, "m1"), RefusalReason::bad_signature);
    Join greedy = join("m1", 9);
    greedy.certificate = certificate_for("m1", "master", "bench", false);
    EXPECT_EQ(refusal(greedy, "m1"), RefusalReason::not_as_certified);
    Join other_name = join("m5", 10);
    other_name.certificate = certificate_for("m1");
    bench.sent.clear();
    const auto send = [&] {
        bench.receive(
            test::sealed(other_name, "m5", "master", 0, 0, {.from_key = "m1", .to_key = "master"}),
            endpoint(1));
    };
    send();
    other_name.cookie = std::get<Retry>(bench.sent.back().message).cookie;
    send();
    EXPECT_EQ(std::get<Refusal>(bench.sent.back().message).reason, RefusalReason::bad_signature);
}

// ---- names

TEST_F(GateTest, ANameInUseIsNotTakenByAnotherKey) {
    PlayedCluster cluster(settings(), {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(5s);
    const Certificate other =
        certify(*test::node_key("master"), "bench", "m1", test::public_key("other"), true, 4711);
    Join twin = join("m1", 99);
    twin.certificate = other;
    const auto send = [&cluster, &twin] {
        cluster.bench.receive(
            test::sealed(twin, "m1", "master", 0, 0, {.from_key = "other", .to_key = "master"}),
            endpoint(66));
    };
    const auto ask = [&cluster, &twin, &send] {
        twin.cookie = 0;
        send();
        twin.cookie = std::get<Retry>(cluster.bench.sent.back().message).cookie;
        send();
        return cluster.bench.sent.back().message;
    };
    EXPECT_EQ(std::get<Refusal>(ask()).reason, RefusalReason::name_in_use);
    EXPECT_EQ(cluster.bench.member("m1").address, cluster.members[0]->address());
    cluster.members[0]->silent = true;
    cluster.bench.pass(10s);
    EXPECT_TRUE(std::holds_alternative<Poll>(ask()));
}

// ---- members

TEST_F(GateTest, ACertificateWithoutAVoteLeavesNoneWhateverTheMemberSays) {
    PlayedCluster cluster(settings(), {});
    PlayedMember member(cluster.bench, "m1", 1, {});
    member.granted = certificate_for("m1", "master", "bench", false);
    cluster.bench.on_send = [&member](const NodeBench::Sent& sent) { member.heard(sent); };
    member.join();  // its Replies claim a vote
    cluster.bench.pass(70s);
    EXPECT_EQ(cluster.bench.status().members, 2U);
    EXPECT_EQ(cluster.bench.member("m1").counted, Counted::no);
    // A certificate that grants one is taken at the next Join, once that is proved fresh.
    member.granted = certificate_for("m1");
    member.join();
    cluster.bench.pass(70s);
    EXPECT_EQ(cluster.bench.member("m1").counted, Counted::yes);
}

TEST_F(GateTest, ARevokedMemberIsPutOutAtOnce) {
    PlayedCluster cluster(settings(), {PlayedMember::Shape{}, PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(70s);
    ASSERT_EQ(cluster.bench.status().counted, 3U);
    cluster.bench.sent.clear();
    cluster.bench.feed(
        RevocationWanted{cluster.bench.now(), *NodeName::from("m1"), test::public_key("m1")});
    ASSERT_EQ(cluster.bench.sent_of<Leave>().size(), 1U);
    EXPECT_EQ(cluster.bench.sent[0].to, cluster.members[0]->address());
    EXPECT_EQ(cluster.bench.status().members, 2U);
    EXPECT_EQ(cluster.bench.status().counted, 2U);
    EXPECT_EQ(cluster.bench.trust_saves.size(), 1U);
    const std::size_t polls = cluster.members[0]->polls();
    cluster.members[0]->join();
    cluster.bench.pass(60s);
    EXPECT_EQ(cluster.members[0]->polls(), polls);
    EXPECT_EQ(cluster.bench.status().members, 2U);
    const auto saved = cluster.bench.node().saved_state(cluster.bench.now());
    EXPECT_EQ(saved.roster, std::vector<std::string>{"m2"});  // it is not waited for
}

TEST_F(GateTest, ACandidatesKeyCannotBeRevoked) {
    EXPECT_FALSE(bench.node().why_no_revocation(test::public_key("master")).empty());
    bench.feed(
        RevocationWanted{bench.now(), *NodeName::from("master"), test::public_key("master")});
    EXPECT_TRUE(bench.trust_saves.empty());
}

}  // namespace
}  // namespace berkeley
