// Two machines with one key, before a master: a copied machine, and what only looks like one.
#include <gtest/gtest.h>

#include "daemon/core/node/member.hpp"
#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::endpoint;
using test::PlayedMember;

constexpr std::uint16_t kOfTwin = 11;

class TwinTest : public testing::Test {
  protected:
    TwinTest() : cluster(test::master_settings(5), test::four()) {
        copy = std::make_unique<PlayedMember>(
            bench(), "m1", kOfTwin,
            PlayedMember::Shape{.raw_offset = 700s, .system_offset = 90ms, .first_session = 5'000});
        copy->break_raw_clock();
        auto deliver = bench().on_send;
        bench().on_send = [this, deliver](const test::NodeBench::Sent& sent) {
            if (lose > 0 && sent.to == first().address()) {
                --lose;
                return;
            }
            deliver(sent);
            if (sent.to == copy->address() && !copy_is_off)
                copy->heard(sent);
            if (sent.to == other_address && sent.to != first().address())
                first().heard(sent);
        };
        cluster.join_all();
        bench().pass(40s);
        first_polls_seen = first().polls();
    }

    test::NodeBench& bench() { return cluster.bench; }
    PlayedMember& first() { return *cluster.members[0]; }
    MemberStatus row() { return bench().member("m1"); }
    std::size_t alarms() { return bench().reported(ReportKind::member_on_two_machines); }

    std::vector<Refusal> refusals() {
        std::vector<Refusal> all;
        for (const auto& sent : bench().sent) {
            const auto* refusal = std::get_if<Refusal>(&sent.message);
            if (refusal != nullptr && sent.to == copy->address())
                all.push_back(*refusal);
        }
        return all;
    }

    // The copy asks, as one that was refused.
    void ask_for(Duration time) {
        for (Duration passed{0}; passed < time; passed += 60s) {
            copy->join();
            bench().pass(60s);
        }
    }

    // The first goes on as if there were no other.
    void expect_undisturbed(std::size_t polls_before, std::size_t at_least) {
        EXPECT_EQ(row().address, endpoint(1));
        EXPECT_GE(first().polls(), polls_before + at_least);
        EXPECT_EQ(bench().reported(ReportKind::member_silent), 0U);
    }

    test::PlayedCluster cluster;
    std::unique_ptr<PlayedMember> copy;
    int lose = 0;  // of what is sent to the first
    bool copy_is_off = false;
    std::optional<Endpoint> other_address;  // at which the first hears, too
    std::size_t first_polls_seen = 0;
};

// ---- a copy

TEST_F(TwinTest, ACopyIsToldApartWithinASecondAndTheFirstGoesOn) {
    ASSERT_EQ(row().counted, Counted::yes);
    copy->join();
    bench().pass(1s);
    ASSERT_EQ(alarms(), 1U);
    const Report& alarm = bench().reports.back();
    EXPECT_EQ(alarm.subject, "m1");
    EXPECT_EQ(alarm.detail, to_string(endpoint(1)) + " and " + to_string(endpoint(kOfTwin)));
    ASSERT_EQ(refusals().size(), 1U);
    EXPECT_EQ(refusals()[0].session, 5'000U);
    EXPECT_EQ(refusals()[0].reason, RefusalReason::on_two_machines);
    EXPECT_EQ(copy->polls(), 1U);  // by which it showed that it has the key
    bench().pass(10s);
    expect_undisturbed(first_polls_seen, 9);
    EXPECT_EQ(copy->polls(), 1U);
}

TEST_F(TwinTest, ItIsTheReasonWhyTheClockDoesNotCount) {
    copy->join();
    bench().pass(3s);
    EXPECT_EQ(row().state, MemberState::excluded);
    EXPECT_EQ(row().counted, Counted::no);
    EXPECT_EQ(row().reason, "another machine came with its key, " + to_string(endpoint(1)) +
                                " and " + to_string(endpoint(kOfTwin)) +
                                " both have it: take one away, or revoke m1 and join both anew");
    EXPECT_EQ(first().last_poll().bulletin.verdict.charge, Charge::on_two_machines);
    EXPECT_TRUE(first().last_poll().correction.has_value());
    EXPECT_EQ(bench().status().counted, 4U);
    EXPECT_EQ(bench().reported(ReportKind::member_excluded), 0U);  // said in other words
    EXPECT_EQ(bench().reported(ReportKind::raw_clock_broken), 0U);
}

TEST_F(TwinTest, ACopyThatAsksForHoursIsToldOfOnceAnHour) {
    ask_for(3h);
    EXPECT_EQ(alarms(), 3U);
    EXPECT_EQ(refusals().size(), 180U);
    EXPECT_EQ(copy->polls(), 1U);
    expect_undisturbed(first_polls_seen, 10'000);
    EXPECT_EQ(row().state, MemberState::excluded);
}

TEST_F(TwinTest, APollThatIsLostDecidesNothing) {
    lose = 2;
    copy->join();
    bench().pass(350ms);
    EXPECT_EQ(alarms(), 0U);
    bench().pass(100ms);
    EXPECT_EQ(alarms(), 1U);
    expect_undisturbed(first_polls_seen, 1);
}

TEST_F(TwinTest, OfACopyThatAsksAgainAtOnceTheLastQuestionIsAnswered) {
    lose = 1;
    copy->join();
    bench().pass(50ms);
    copy->join();
    bench().pass(1s);
    EXPECT_EQ(alarms(), 1U);
    ASSERT_EQ(refusals().size(), 1U);
    EXPECT_EQ(refusals()[0].session, 5'001U);
}

TEST_F(TwinTest, ACopyOnlyAskingKeepsTheFirstFromCountingNoLongerThanItAsks) {
    ask_for(10min);
    bench().pass(200s - 60s + kProbation - 5s);
    EXPECT_EQ(row().counted, Counted::no);
    bench().pass(10s);
    EXPECT_EQ(row().counted, Counted::yes);
    EXPECT_EQ(alarms(), 1U);
}

TEST_F(TwinTest, IfTheFirstIsGoneTheCopyIsTheMember) {
    ask_for(3min);
    first().silent = true;
    ask_for(2min);
    EXPECT_EQ(row().address, endpoint(kOfTwin));
    EXPECT_GT(copy->polls(), 60U);
    EXPECT_NE(copy->last_poll().bulletin.verdict.charge, Charge::on_two_machines);
    bench().pass(5min);
    EXPECT_EQ(row().counted, Counted::yes);
    EXPECT_EQ(alarms(), 1U);
}

TEST_F(TwinTest, IfTheFirstSaysGoodbyeTheCopyIsTheMemberAtOnce) {
    ask_for(1min);
    first().leave();
    bench().pass(1ms);
    copy->join();
    bench().pass(1ms);
    EXPECT_EQ(row().address, endpoint(kOfTwin));
    EXPECT_EQ(row().state, MemberState::joining);
}

TEST_F(TwinTest, TheFirstMayBeRestartedMeanwhile) {
    ask_for(1min);
    first().break_raw_clock();
    first().join();
    bench().pass(1s);
    expect_undisturbed(first_polls_seen, 60);
    ask_for(1min);
    expect_undisturbed(first_polls_seen, 120);
    EXPECT_EQ(row().state, MemberState::excluded);
}

// ---- one machine, that only looks like two

TEST_F(TwinTest, ARestartIsNoCopy) {
    for (int i = 0; i < 20; ++i) {
        first().break_raw_clock();
        first().join();
        bench().pass(1ms);
        EXPECT_EQ(first().polls(), ++first_polls_seen);
        bench().pass(200ms);
        EXPECT_GE(first().polls(), first_polls_seen + 2);
        first_polls_seen = first().polls();
    }
    EXPECT_EQ(alarms(), 0U);
}

// Its polls went to the old address: it has lost patience before it asks.
TEST_F(TwinTest, AnotherAddressIsNoCopyAndIsTakenAtOnce) {
    for (std::uint16_t port = 101; port < 110; ++port) {
        first().come_from(port);
        bench().pass(std::max<Duration>(first().last_poll().next_poll * 7 / 2, 1s));
        first().join();
        bench().pass(1ms);
        EXPECT_EQ(row().address, endpoint(port));
        bench().pass(10s);
    }
    EXPECT_EQ(alarms(), 0U);
    EXPECT_TRUE(refusals().empty());
}

TEST_F(TwinTest, AMachineThatIsStartedElsewhereAtOnceIsTakenWithinASecond) {
    first().silent = true;
    copy->join();
    bench().pass(650ms);
    EXPECT_EQ(row().address, endpoint(kOfTwin));
    EXPECT_GE(copy->polls(), 2U);
    bench().pass(10min);
    EXPECT_EQ(row().counted, Counted::yes);
    EXPECT_EQ(alarms(), 0U);
}

TEST_F(TwinTest, AMachineWithTwoAddressesThatJoinsAnewIsNoCopy) {
    for (int i = 0; i < 10; ++i) {
        other_address = first().address();
        first().join();
        first().come_from(i % 2 == 0 ? 101 : 1);
        bench().pass(1s);
        EXPECT_EQ(row().address, first().address());
        bench().pass(5s);
    }
    EXPECT_EQ(alarms(), 0U);
}

TEST_F(TwinTest, RepliesFromAnotherPortAreNoCopy) {
    for (std::uint16_t port = 101; port < 110; ++port) {
        const auto to_it = [&] { return bench().sent.back().to == first().address(); };
        bench().sent.clear();
        while (bench().sent.empty() || !to_it())
            bench().pass(50us);
        first().come_from(port);
        bench().pass(3s);
        EXPECT_EQ(row().address, endpoint(port));
    }
    EXPECT_EQ(alarms(), 0U);
    EXPECT_EQ(bench().reported(ReportKind::member_silent), 0U);
}

// ---- one that has no key

TEST_F(TwinTest, WhoReplaysWhatItHeardRaisesNoAlarm) {
    first().join();
    bench().pass(1s);
    const auto joins = first().joins;
    const auto replies = first().replies;
    const std::size_t before = first().polls();
    for (int second = 0; second < 60; ++second) {
        for (const Datagram& join : joins)
            bench().receive(join, endpoint(66));
        for (std::size_t i = replies.size() - 20; i < replies.size(); ++i)
            bench().receive(replies[i], endpoint(66));
        bench().pass(1s);
    }
    EXPECT_EQ(alarms(), 0U);
    EXPECT_EQ(row().counted, Counted::yes);
    expect_undisturbed(before, 59);
}

TEST_F(TwinTest, NorDoesItKeepOneUpThatIsOver) {
    ask_for(2min);
    const auto joins = copy->joins;
    const auto replies = copy->replies;
    ASSERT_FALSE(replies.empty());
    copy_is_off = true;
    for (int second = 0; second < 400; ++second) {
        for (const Datagram& join : joins)
            bench().receive(join, endpoint(kOfTwin));
        for (const Datagram& reply : replies)
            bench().receive(reply, endpoint(kOfTwin));
        bench().pass(1s);
    }
    EXPECT_EQ(row().counted, Counted::yes);
}

// ---- before there is cluster time

TEST(TwinOfTheFirstHour, ItHasNoSayWhatTheTimeIs) {
    test::PlayedCluster cluster(test::master_settings(3), {{.system_offset = 5ms}, {}});
    PlayedMember copy(cluster.bench, "m1", kOfTwin, {.first_session = 5'000});
    auto deliver = cluster.bench.on_send;
    cluster.bench.on_send = [&](const test::NodeBench::Sent& sent) {
        deliver(sent);
        if (sent.to == copy.address())
            copy.heard(sent);
    };
    cluster.members[0]->join();
    cluster.bench.pass(500ms);
    copy.join();
    cluster.bench.pass(20s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::cluster_formed), 0U);
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_on_two_machines), 1U);
    const std::string reason = cluster.bench.status().reason;
    EXPECT_NE(reason.find("1 of 3 expected clocks is here"), std::string::npos) << reason;
    EXPECT_NE(reason.find("of no use: m1 (another machine came with its key)"), std::string::npos)
        << reason;
    cluster.members[1]->join();
    cluster.bench.pass(20s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::cluster_formed), 1U);
    EXPECT_EQ(cluster.bench.member("m1").counted, Counted::no);
}

}  // namespace
}  // namespace berkeley
