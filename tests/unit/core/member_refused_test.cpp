// A member at its master's gate: what it does by a Retry or a Refusal, and what not.
#include <gtest/gtest.h>

#include "tests/support/member_bench.hpp"

namespace berkeley {
namespace {

using test::kMaster;
using test::MemberBench;

class AskingMember : public testing::Test {
  protected:
    AskingMember() { bench.pass(1ms); }

    std::size_t joins() { return bench.sent_of<Join>().size(); }

    // As anybody can send it who hears the Join.
    void retry(Session session, Cookie cookie) {
        bench.receive(encode({id_of("master"), id_of("m1"), 0, 0}, Retry{session, cookie}),
                      test::endpoint(66));
    }

    void refuse(RefusalReason reason) { bench.tell(Refusal{bench.last_join().session, reason}); }

    bool told(std::string_view text) {
        return bench.status().reason.find(text) != std::string::npos;
    }

    MemberBench bench;
};

TEST_F(AskingMember, ShowsItsCertificateAndNoCookieAtFirst) {
    const Join join = bench.last_join();
    EXPECT_EQ(join.certificate, test::certificate_for("m1"));
    EXPECT_EQ(join.cookie, 0U);
}

TEST_F(AskingMember, SendsItsJoinAgainWithTheCookie) {
    const Join before = bench.last_join();
    retry(before.session, 4711);
    ASSERT_EQ(joins(), 2U);
    Join with_cookie = before;
    with_cookie.cookie = 4711;
    EXPECT_TRUE(encode({}, bench.last_join()) == encode({}, with_cookie));
    EXPECT_EQ(bench.sent.back().to, kMaster);  // whoever asked for it
}

TEST_F(AskingMember, DoesNothingByAForgedRetryButAskAgain) {
    const Session session = bench.last_join().session;
    retry(session + 1, 4711);
    retry(0, 4711);
    retry(session, 0);
    EXPECT_EQ(joins(), 1U);
    EXPECT_EQ(bench.dropped().replayed, 3U);
    for (Cookie cookie = 1; cookie <= 100; ++cookie) {
        retry(session, cookie);
        retry(session, cookie);  // again
    }
    EXPECT_EQ(joins(), 101U);
    EXPECT_EQ(bench.dropped().replayed, 103U);
    // The true Poll of that session is believed all the same, and ends it.
    bench.session = session;
    bench.tell(bench.next_poll(session));
    EXPECT_TRUE(bench.status().master.has_value());
    retry(session, 4711);
    EXPECT_EQ(joins(), 101U);
}

TEST_F(AskingMember, TellsWhyItIsRefusedAndAsksOnceAMinute) {
    refuse(RefusalReason::revoked);
    EXPECT_TRUE(told("master at ")) << bench.status().reason;
    EXPECT_TRUE(told("this node's key was revoked")) << bench.status().reason;
    EXPECT_NE(bench.status().advice.find("ask for a new invitation"), std::string::npos);
    EXPECT_EQ(bench.reported(ReportKind::refused_by_master), 1U);
    EXPECT_EQ(joins(), 1U);
    bench.pass(59s);
    EXPECT_EQ(joins(), 1U);
    bench.pass(1s);
    EXPECT_EQ(joins(), 2U);
    refuse(RefusalReason::revoked);
    bench.pass(600s);
    EXPECT_LE(joins(), 12U);
    EXPECT_EQ(bench.reported(ReportKind::refused_by_master), 1U);  // said once
}

TEST_F(AskingMember, IsLetInAfterARefusal) {
    refuse(RefusalReason::table_full);
    EXPECT_TRUE(told("as many members"));
    bench.pass(60s);
    bench.session = bench.last_join().session;
    bench.tell(bench.next_poll(bench.session));
    EXPECT_FALSE(told("does not let"));
    EXPECT_TRUE(bench.status().master.has_value());
}

TEST_F(AskingMember, BelievesNoRefusalButItsMasters) {
    const Session session = bench.last_join().session;
    const Refusal refusal{session, RefusalReason::revoked};
    bench.receive(encode({id_of("master"), id_of("m1"), 0, 0}, refusal), kMaster);
    bench.receive(test::sealed(refusal, "master", "m1", 0, 0, {.from_key = "m2", .to_key = "m1"}),
                  kMaster);
    EXPECT_EQ(bench.dropped().not_authentic, 2U);
    bench.tell(Refusal{session + 1, RefusalReason::revoked});  // of another Join
    EXPECT_EQ(bench.dropped().replayed, 1U);
    EXPECT_FALSE(told("does not let"));
    bench.pass(2s);
    EXPECT_GE(joins(), 3U);
}

TEST_F(AskingMember, AReplayedRefusalDoesNotTouchAMember) {
    const Session session = bench.last_join().session;
    bench.session = session;
    bench.tell(bench.next_poll(session));
    bench.tell(Refusal{session, RefusalReason::revoked});
    EXPECT_EQ(bench.dropped().replayed, 1U);
    EXPECT_TRUE(bench.status().master.has_value());
    EXPECT_FALSE(told("does not let"));
}

// The master found another machine with this key when it had polled this one.
TEST_F(AskingMember, IsTurnedOutIfAnotherMachineHasItsKey) {
    const Session session = bench.last_join().session;
    bench.session = session;
    bench.tell(bench.next_poll(session));
    bench.pass(kAnswersAfter);
    bench.tell(Refusal{session, RefusalReason::on_two_machines});
    EXPECT_FALSE(bench.status().master.has_value());
    EXPECT_TRUE(told("another machine has this node's key, too")) << bench.status().reason;
    EXPECT_NE(bench.status().advice.find("Take one away, or revoke"), std::string::npos);
    EXPECT_EQ(bench.reported(ReportKind::refused_by_master), 1U);
    EXPECT_EQ(bench.reported(ReportKind::holdover), 0U);
    EXPECT_EQ(joins(), 1U);
    bench.pass(59s);
    EXPECT_EQ(joins(), 1U);
    bench.pass(2s);
    ASSERT_EQ(joins(), 2U);
    bench.tell(Refusal{bench.last_join().session, RefusalReason::on_two_machines});
    bench.pass(1h);
    EXPECT_LE(joins(), 63U);
    EXPECT_EQ(bench.reported(ReportKind::refused_by_master), 1U);
    // The other is gone.
    bench.session = bench.last_join().session;
    bench.tell(bench.next_poll(bench.session));
    EXPECT_TRUE(bench.status().master.has_value());
    EXPECT_FALSE(told("another machine"));
}

TEST_F(AskingMember, IsNotTurnedOutByAPastSessionsRefusal) {
    const Session past = bench.last_join().session;
    bench.pass(200ms);
    bench.session = bench.last_join().session;
    ASSERT_NE(bench.session, past);
    bench.tell(bench.next_poll(bench.session));
    bench.tell(Refusal{past, RefusalReason::on_two_machines});
    bench.tell(Refusal{0, RefusalReason::on_two_machines});
    EXPECT_EQ(bench.dropped().replayed, 2U);
    EXPECT_TRUE(bench.status().master.has_value());
}

TEST_F(AskingMember, IsToldThatAnotherCameWithItsKey) {
    bench.session = bench.last_join().session;
    Poll poll = bench.next_poll(bench.session);
    poll.bulletin.verdict = {.charge = Charge::on_two_machines};
    bench.tell(poll);
    EXPECT_TRUE(told("another machine came to master with this node's key"))
        << bench.status().reason;
    poll = bench.next_poll(bench.session);
    poll.bulletin.verdict.probation = 30s;
    bench.tell(poll);
    EXPECT_FALSE(told("another machine"));
}

TEST(Member, ItsCertificateLimitsItsVote) {
    NodeSettings settings = test::bench_settings("m1");
    settings.certificate = test::certificate_for("m1", "master", "bench", false);
    MemberBench bench(settings);
    bench.get_in_touch();
    EXPECT_FALSE(bench.last_join().votes);
    EXPECT_FALSE(bench.last_reply().votes);
    EXPECT_TRUE(bench.last_reply().steers);
}

TEST(MemberDeathTest, KeysThatDoNotFitAreABugOfWhoStartsTheNode) {
    NodeSettings twin = test::bench_settings("m1");
    twin.key = test::node_key("master");
    EXPECT_DEATH(Node{twin}, "makes no pair");
    NodeSettings impostor = test::bench_settings("master");
    impostor.key = test::node_key("m1");
    EXPECT_DEATH(Node{impostor}, "not the one that is pinned");
}

}  // namespace
}  // namespace berkeley
