// What a node tells of itself in every state that a person can meet.
#include <gtest/gtest.h>

#include "daemon/core/node/finding.hpp"
#include "tests/support/member_bench.hpp"

namespace berkeley {
namespace {

using test::kMaster;
using test::MemberBench;
using test::NodeBench;
using test::PlayedCluster;

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

NodeSettings settings_with(std::string name, std::size_t expect) {
    NodeSettings settings = test::bench_settings(std::move(name));
    settings.expect = expect;
    return settings;
}

// ---- on a member

TEST(Account, ANameThatDoesNotResolve) {
    NodeBench bench(test::bench_settings("m1"));
    bench.start();
    bench.pass(5s);
    EXPECT_TRUE(has(bench.status().reason, "the host name of master does not resolve"));
    EXPECT_TRUE(has(bench.status().advice, "`candidates`"));
    EXPECT_FALSE(bench.status().master_address.has_value());
}

TEST(Account, NobodyAnswersYet) {
    MemberBench bench;
    bench.pass(12s);
    const std::string place = "master at " + to_string(kMaster);
    EXPECT_EQ(bench.status().reason, "no answer from " + place +
                                         " yet, asked for 12 s: is berkeleyd running there, and "
                                         "UDP 9 open?");
    EXPECT_TRUE(has(bench.status().advice, "one cluster name, and [keys]"));
    EXPECT_EQ(bench.status().master_address, kMaster);
    EXPECT_EQ(bench.member("m1").counted, Counted::unknown);
    EXPECT_EQ(bench.member("master").counted, Counted::unknown);
    EXPECT_EQ(bench.member("master").state, MemberState::joining);
}

TEST(Account, AMasterThatFellSilent) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    bench.pass(3s);
    ASSERT_EQ(bench.status().state, NodeState::synchronized) << bench.status().reason;
    bench.pass(37s);
    const NodeStatus status = bench.status();
    EXPECT_EQ(status.state, NodeState::holdover);
    EXPECT_TRUE(has(status.reason, "no answer from master at " + to_string(kMaster) + " for 40 s"))
        << status.reason;
    EXPECT_EQ(status.master_unheard, 40s);
    EXPECT_EQ(status.holdover, 40s);
    EXPECT_NEAR(*status.bound_growth, 120e-6 + kTurnMargin, 1e-9);
    EXPECT_EQ(bench.member("master").state, MemberState::silent);
    EXPECT_EQ(bench.member("master").reason, status.reason);
    EXPECT_EQ(bench.member("m1").counted, Counted::unknown);
    EXPECT_TRUE(has(bench.member("m1").reason, "not known without master"));
}

TEST(Account, AGoodbyeIsNoSilence) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    bench.pass(1s);
    bench.tell(Leave{bench.session, test::kReign});
    bench.pass(12s);
    EXPECT_TRUE(has(bench.status().reason, "said goodbye 13 s ago")) << bench.status().reason;
    EXPECT_EQ(bench.member("master").state, MemberState::left);
    bench.session = bench.last_join().session;
    bench.tell(bench.next_poll(bench.session));
    EXPECT_FALSE(has(bench.status().reason, "goodbye")) << bench.status().reason;
}

TEST(Account, TheMasterTellsWhyThisClockDoesNotCountAndOfItsOwn) {
    MemberBench bench;
    bench.get_in_touch();
    Poll poll = bench.next_poll(bench.session);
    poll.correction = bench.line(0ns);
    poll.bulletin.verdict = {Charge::off_when_formed, -320'010'000, 34s};
    poll.bulletin.master_verdict = {Charge::oscillator_changed, 7'300, 0ns};
    poll.bulletin.master_clock = MasterClock{-2us, 5us};
    bench.tell(poll);
    const MemberStatus own = bench.member("m1");
    EXPECT_EQ(own.counted, Counted::no);
    EXPECT_EQ(own.state, MemberState::excluded);
    EXPECT_EQ(own.reason,
              "counts again in 35 s: its clock was -320.010 ms off when cluster time was formed");
    const MemberStatus master = bench.member("master");
    EXPECT_EQ(master.counted, Counted::no);
    EXPECT_EQ(master.reason, "its oscillator changed by +7.3 ppm");
    EXPECT_EQ(master.offset, -2us);
    EXPECT_EQ(master.bound, 5us);
    bench.tell(bench.next_poll(bench.session));
    EXPECT_EQ(bench.member("m1").counted, Counted::yes);
    EXPECT_EQ(bench.member("m1").reason, "");
}

TEST(Account, AMemberKnowsItsRoundTrip) {
    MemberBench bench;
    bench.get_in_touch();
    EXPECT_EQ(bench.member("master").delay, std::nullopt);
    bench.pass(1s);
    bench.tell(bench.next_poll_of(80us, 120us));
    EXPECT_EQ(bench.member("master").delay, 200us);
}

TEST(Account, AMasterWithoutClusterTimeSaysHowManyAreMissing) {
    MemberBench bench;
    bench.get_in_touch();
    Poll poll = bench.next_poll(bench.session);
    poll.bulletin.verdict = {Charge::not_formed, 1, 0ns};
    poll.bulletin.expected = 3;
    bench.tell(poll);
    EXPECT_EQ(bench.status().reason,
              "master has no cluster time yet: 1 of 3 expected clocks is there, 2 are needed");
    EXPECT_EQ(bench.status().advice,
              "start berkeleyd on the machines that are missing; 'berkeleyctl status' on master "
              "tells more");
    EXPECT_EQ(bench.status().expected, 3U);
    EXPECT_EQ(bench.member("m1").state, MemberState::joining);
}

// It waits for references, or for clocks that agree.
TEST(Account, AMasterWithoutClusterTimeMayNotBeWaitingForMachines) {
    MemberBench bench;
    bench.get_in_touch();
    Poll poll = bench.next_poll(bench.session);
    poll.bulletin.verdict = {Charge::not_formed, 3, 0ns};
    poll.bulletin.expected = 3;
    bench.tell(poll);
    EXPECT_EQ(bench.status().advice, "'berkeleyctl status' on master tells what it waits for");
}

TEST(Account, SlewingTellsHowLong) {
    NodeSettings settings = test::bench_settings("m1");
    settings.step_policy = StepPolicy::never;
    MemberBench bench(settings);
    bench.get_in_touch();
    bench.correct(bench.line(500ms));
    bench.pass(1ms);
    const Duration told = bench.status().settling.value_or(0ns);
    EXPECT_TRUE(has(bench.status().reason, "+500.000 ms to go, about ")) << bench.status().reason;
    Duration took{0};
    const BoundedLine line = bench.line(500ms);
    for (; bench.status().state != NodeState::synchronized && took < 100s; took += 500ms) {
        bench.correct(line);
        bench.pass(500ms);
    }
    EXPECT_NEAR(as_seconds(told), as_seconds(took), 0.2 * as_seconds(took));
    EXPECT_EQ(bench.status().settling, std::nullopt);
}

TEST(Account, SettlingGrowsWithTheOffsetAndEnds) {
    EXPECT_EQ(settling_time(0ns), 0s);
    Duration before{0};
    for (const Duration offset : {Duration{1ms}, Duration{100ms}, Duration{-1s}, Duration{1h},
                                  Duration{-24h * 365}, Duration::max()}) {
        EXPECT_GT(settling_time(offset), before);
        before = std::min(settling_time(offset), settling_time(24h * 365));
    }
    EXPECT_NEAR(as_seconds(settling_time(3600s)), 3600 / 0.0625, 100);
}

TEST(Account, AnObserverIsNotToldToWait) {
    NodeSettings settings = test::bench_settings("m1");
    settings.clock = ClockMode::observe;
    MemberBench bench(settings);
    bench.get_in_touch();
    bench.correct(bench.line(-320ms));
    bench.pass(2s);
    EXPECT_TRUE(has(bench.status().reason, "not steered; it is +320.000 ms off, and stays so"));
    EXPECT_TRUE(has(bench.status().advice, "clock = \"system\""));
    EXPECT_EQ(bench.status().settling, std::nullopt);
}

TEST(Account, ContradictingCorrectionsAreTold) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    bench.pass(1s);
    bench.correct(bench.line(1s));
    bench.pass(1s);
    EXPECT_EQ(bench.status().state, NodeState::holdover);
    bench.correct(bench.line(1s));
    EXPECT_TRUE(
        has(bench.status().reason, "contradict what is known here by more than both bounds"))
        << bench.status().reason;
    EXPECT_TRUE(has(bench.status().advice, "restart berkeleyd here"));
}

TEST(Account, DatagramsWithAnotherKeyAreToldForAMinute) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    const Datagram forged =
        test::sealed(bench.next_poll(1), "master", "m1", 1, 1, {.from_key = "m2", .to_key = "m1"});
    bench.receive(forged, test::endpoint(77));
    EXPECT_TRUE(has(bench.status().reason, "do not authenticate, 1 so far, the last from " +
                                               to_string(test::endpoint(77))));
    EXPECT_TRUE(has(bench.status().advice, "an old key") ||
                bench.status().state != NodeState::synchronized);
    bench.pass(61s);
    EXPECT_FALSE(has(bench.status().reason, "authenticate"));
}

TEST(Account, FewerThanAMajorityIsAWarning) {
    MemberBench bench;
    bench.get_in_touch();
    for (int second = 0; second < 3; ++second) {
        Poll poll = bench.next_poll(bench.session);
        poll.correction = bench.line(0ns);
        poll.bulletin.counted = 2;
        bench.tell(poll);
        bench.pass(1s);
    }
    ASSERT_EQ(bench.status().state, NodeState::synchronized);
    EXPECT_TRUE(has(bench.status().reason, "2 of 5 expected clocks count, less than a majority"));
}

// ---- on the master

TEST(Account, AMasterThatWaitsNamesWhoIsHere) {
    PlayedCluster cluster(settings_with("master", 5), {{}});
    cluster.join_all();
    cluster.bench.pass(8s);
    EXPECT_EQ(cluster.bench.status().reason,
              "waiting to form cluster time: 2 of 5 expected clocks are here, 3 are needed; here: "
              "master, m1");
    EXPECT_TRUE(has(cluster.bench.status().advice, "`expect`"));
    EXPECT_EQ(cluster.bench.status().expected, 5U);
    EXPECT_EQ(cluster.bench.member("m1").reason, "there is no cluster time yet");
    const Bulletin& told = cluster.members[0]->last_poll().bulletin;
    EXPECT_EQ(told.verdict.charge, Charge::not_formed);
    EXPECT_EQ(told.verdict.amount, 2);
    EXPECT_EQ(told.expected, 5);
}

// Three of four are enough, and the fourth is given a moment.
TEST(Account, WhereEnoughAreHereNobodyIsSaidToBeMissing) {
    PlayedCluster cluster(settings_with("master", 4), {{}, {}});
    cluster.join_all();
    cluster.bench.pass(2500ms);
    EXPECT_TRUE(has(cluster.bench.status().reason,
                    "3 of 4 expected clocks are here, 3 are needed; here: master, m1, m2; they are "
                    "being measured"))
        << cluster.bench.status().reason;
    EXPECT_TRUE(has(cluster.bench.status().advice, "wait some seconds"));
    EXPECT_FALSE(has(cluster.bench.status().advice, "missing"));
}

TEST(Account, AMemberNamesTheMasterToWhoeverWantsAHandover) {
    MemberBench bench;
    bench.get_in_touch();
    bench.correct(bench.line(0ns));
    for (const char* to : {"", "m7"})
        EXPECT_EQ(bench.node().why_no_handover(to, bench.now()),
                  "this node is not the master: ask on master");
}

TEST(Account, AClockOfNoUseIsNamedWhileWaiting) {
    PlayedCluster cluster(settings_with("master", 3), {{}});
    cluster.members[0]->tamper = [](Reply& reply) { reply.floor = reply.system + 1h; };
    cluster.join_all();
    cluster.bench.pass(8s);
    EXPECT_TRUE(has(cluster.bench.status().reason,
                    "1 of 3 expected clocks is here, 2 are needed; here: master; of no use: m1 "
                    "(its clock reads a time that has long passed)"))
        << cluster.bench.status().reason;
}

TEST(Account, TheMasterTellsItsMembersOfItsClock) {
    PlayedCluster cluster(settings_with("master", 3), {{}, {}});
    cluster.join_all();
    cluster.bench.pass(20s);
    ASSERT_EQ(cluster.bench.status().state, NodeState::synchronized);
    const Bulletin& told = cluster.members[0]->last_poll().bulletin;
    EXPECT_TRUE(told.verdict.counts());
    EXPECT_TRUE(told.master_verdict.counts());
    EXPECT_EQ(told.counted, 3);
    EXPECT_EQ(told.expected, 3);
    ASSERT_TRUE(told.master_clock.has_value());
    EXPECT_LT(std::abs(told.master_clock->offset.count()), 1'000'000);
}

TEST(Account, ASilentMemberHasItsAddressBesideIt) {
    PlayedCluster cluster(settings_with("master", 3), {{}, {}});
    cluster.join_all();
    cluster.bench.pass(20s);
    cluster.members[1]->silent = true;
    cluster.bench.pass(40s);
    const std::string reason = cluster.bench.member("m2").reason;
    EXPECT_TRUE(has(reason, "no answer for 40 s from " + to_string(test::endpoint(2))) ||
                has(reason, "no answer for 39 s from " + to_string(test::endpoint(2))))
        << reason;
    EXPECT_TRUE(has(reason, "UDP port open?"));
}

TEST(Account, DurationsForPeople) {
    EXPECT_EQ(about_text(0s), "0 s");
    EXPECT_EQ(about_text(40s), "40 s");
    EXPECT_EQ(about_text(12min), "12 min");
    EXPECT_EQ(about_text(11520s), "3.2 h");
    EXPECT_EQ(about_text(24h * 7), "7.0 days");
}

TEST(Verdict, EveryChargeHasWords) {
    EXPECT_EQ(to_text(Verdict{}), "");
    for (auto charge = static_cast<int>(Charge::not_formed);
         charge <= static_cast<int>(kLastCharge); ++charge)
        EXPECT_NE(to_text(Verdict{static_cast<Charge>(charge), 1, 0ns}), "") << charge;
}

}  // namespace
}  // namespace berkeley
