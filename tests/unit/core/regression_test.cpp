// What reviews and fuzzing found once, each at the lowest level that shows it.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "daemon/core/agree/ensemble.hpp"
#include "daemon/core/measure/offset_guarantee.hpp"
#include "daemon/core/measure/truncated_normal.hpp"
#include "daemon/core/steer/discipline.hpp"
#include "daemon/core/steer/foreign_hand.hpp"
#include "daemon/core/steer/slew.hpp"
#include "daemon/platform/kernel_model.hpp"
#include "tests/support/node_bench.hpp"
namespace berkeley {
namespace {
using test::NodeBench;
using test::PlayedCluster;
using test::PlayedMember;
NodeSettings ms(std::size_t expect) {
    auto s = test::bench_settings("master");
    s.expect = expect;
    return s;
}

TEST(RegressionHostileJoin, ReplayedTenTimesASecondDoesNotStarveTheMeasuring) {
    PlayedCluster cluster(ms(2), {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(30s);
    ASSERT_EQ(cluster.bench.member("m1").state, MemberState::trusted);
    const Datagram captured = cluster.members[0]->joins[0];
    const Duration before = *cluster.bench.member("m1").bound;
    for (int i = 0; i < 6000; ++i) {  // ten a second, for ten minutes, from anywhere
        cluster.bench.receive(captured, test::endpoint(666));
        cluster.bench.pass(100ms);
    }
    EXPECT_LT(*cluster.bench.member("m1").bound, before * 3);
}

TEST(RegressionHostileJoin, ReplayedDoesNotKeepAMemberFromRejoining) {
    PlayedCluster cluster(ms(2), {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(30s);
    const Datagram captured = cluster.members[0]->joins[0];
    cluster.members[0]->break_raw_clock();
    for (int i = 0; i < 20; ++i) {
        cluster.members[0]->join();
        for (int k = 0; k < 10; ++k) {
            cluster.bench.pass(150us);
            cluster.bench.receive(captured, test::endpoint(666));
        }
        cluster.bench.pass(1s);
    }
    EXPECT_GT(cluster.members[0]->polls(), 100U);
    EXPECT_EQ(cluster.bench.member("m1").state, MemberState::trusted);
}

// Who has kept four of them held all the places where a Join waits for its proof.
TEST(RegressionHostileJoin, ManyOldOnesDoNotKeepAMemberFromRejoining) {
    PlayedCluster cluster(ms(2), {PlayedMember::Shape{}});
    PlayedMember& member = *cluster.members[0];
    for (int i = 0; i < 5; ++i) {
        member.join();
        cluster.bench.pass(6s);
    }
    const std::vector<Datagram> kept = member.joins;
    ASSERT_GE(kept.size(), 5U);
    cluster.bench.pass(3min);
    const auto replay_all = [&cluster, &kept, &member] {
        for (const Datagram& each : kept) {
            cluster.bench.receive(each, test::endpoint(666));
            cluster.bench.receive(each, member.address());  // forged
        }
    };
    for (int i = 0; i < 100; ++i) {
        replay_all();
        cluster.bench.pass(10ms);
    }
    member.break_raw_clock();  // it starts anew, and joins in earnest
    const std::size_t polls = member.polls();
    member.join();
    for (int i = 0; i < 100; ++i) {
        replay_all();
        cluster.bench.pass(10ms);
    }
    EXPECT_GT(member.polls(), polls + 5);
}

TEST(RegressionHostileJoin, ThatMadeThePresentSessionIsNotAnswered) {
    PlayedCluster cluster(ms(2), {PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(10s);
    const auto before = cluster.bench.tracking().dropped.replayed;
    const std::size_t sent = cluster.bench.sent.size();
    cluster.bench.receive(cluster.members[0]->joins.back(), test::endpoint(666));
    EXPECT_EQ(cluster.bench.tracking().dropped.replayed, before + 1);
    EXPECT_EQ(cluster.bench.sent.size(), sent);
}

TEST(RegressionRawBreak, MakesAPollToAnEarlierJoinVoid) {
    NodeBench bench(test::bench_settings("m1"));
    bench.start();
    bench.feed(CandidateResolved{bench.now(), "master", test::endpoint(9)});
    bench.pass(1ms);
    const Join join = bench.sent_of<Join>().back();  // names the oscillator that breaks now
    bench.feed(RawClockBroken{bench.now(), "suspended"});
    Poll poll;
    poll.session = join.session;
    poll.reign = 5;
    poll.sequence = 1;
    bench.receive(test::sealed(poll, "master", "m1", 1, 1), test::endpoint(9));
    EXPECT_EQ(bench.tracking().dropped.replayed, 1U);
    EXPECT_TRUE(bench.sent_of<Reply>().empty());
}

// The same, at the level of what goes wrong: the master keeps the link and corrects by it.
TEST(RegressionHostileMember, CannotDriveTheEpochToTheEndOfTheNumbers) {
    PlayedCluster cluster(ms(3), std::vector<PlayedMember::Shape>(2));
    cluster.join_all();
    cluster.bench.pass(10s);
    cluster.members[1]->tamper_header = [](Header& h) { h.epoch = (std::uint64_t{1} << 62) - 1; };
    cluster.bench.pass(2s);
    EXPECT_LT(cluster.bench.status().epoch, std::uint64_t{1} << 62);  // members refuse 2^62 and up
}

TEST(RegressionHostileMember, CannotMakeEpochsAtWill) {
    PlayedCluster cluster(ms(5), std::vector<PlayedMember::Shape>(4));
    cluster.join_all();
    cluster.bench.pass(10s);
    cluster.members[3]->tamper_header = [&](Header& h) {
        h.epoch = cluster.bench.status().epoch + 1;
    };
    cluster.bench.pass(10s);
    EXPECT_LE(cluster.bench.status().epoch, 3U);
}

TEST(RegressionHostileMember, CannotWrapTheEpochWhenClusterTimeIsFormed) {
    PlayedCluster cluster(ms(3), std::vector<PlayedMember::Shape>(2));
    cluster.members[1]->tamper_header = [](Header& h) { h.epoch = ~std::uint64_t{0}; };
    cluster.join_all();
    cluster.bench.pass(10s);
    EXPECT_NE(cluster.bench.status().epoch, 0U);
    EXPECT_LT(cluster.bench.status().epoch, std::uint64_t{1} << 62);
}

TEST(RegressionHostileMember, CannotPreventClusterTimeFromGoingOn) {
    std::vector<PlayedMember::Shape> shapes(4);
    PlayedCluster cluster(ms(5), shapes);
    cluster.join_all();
    cluster.bench.pass(30s);
    ASSERT_EQ(cluster.bench.status().epoch, 1U);
    cluster.members[3]->tamper_header = [](Header& h) { h.epoch = 2; };
    cluster.bench.feed(RawClockBroken{cluster.bench.now(), "suspended"});  // a new reign
    cluster.join_all();
    cluster.bench.pass(10s);
    ASSERT_EQ(cluster.bench.reported(ReportKind::cluster_formed), 2U);
    std::string how;
    for (const auto& report : cluster.bench.reports)
        if (report.kind == ReportKind::cluster_formed)
            how = report.detail;
    EXPECT_EQ(how, "continued");
}

TEST(RegressionForming, TheDeadDoNotVote) {
    std::vector<PlayedMember::Shape> shapes(3);
    PlayedCluster cluster(ms(5), shapes);
    cluster.members[0]->join();
    cluster.bench.pass(10s);
    cluster.members[0]->silent = true;  // switched off
    cluster.bench.pass(2h);
    cluster.members[1]->join();  // only two of five clocks are alive
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::cluster_formed), 0U);
}

TEST(RegressionHostileJoin, IsForgottenBeforeClusterTimeIsFormedToo) {
    NodeSettings settings = ms(5);
    settings.max_members = 3;
    PlayedCluster cluster(settings, std::vector<PlayedMember::Shape>(5));
    for (std::size_t i = 0; i < 3; ++i) {
        cluster.members[i]->silent = true;
        cluster.members[i]->join();
    }
    cluster.bench.pass(1h);
    cluster.members[3]->join();
    cluster.bench.pass(1s);
    EXPECT_GT(cluster.members[3]->polls(), 0U);
}

template <std::size_t number>
Vote vote_of(const std::array<EnsembleClock, number>& clocks, const EnsembleClock& clock) {
    return {static_cast<std::uint64_t>(&clock - clocks.data())};
}

TEST(RegressionEnsemble, DoesNotOvershootAfterAPause) {
    Ensemble ensemble;
    std::array<EnsembleClock, 3> clocks{};
    for (auto& c : clocks)
        c = {0, true};
    std::vector<EnsembleInput> inputs;
    for (auto& c : clocks)
        inputs.push_back({&c, 1e-9, 0, vote_of(clocks, c)});
    ensemble.steer(inputs, 1h, 1s);
    EXPECT_LE(ensemble.rate(), 1.0001e-9);  // 1.2e-8
}

TEST(RegressionEnsemble, OneRacingClockOfThreeDoesNotDragIt) {
    Ensemble ensemble;
    std::array<EnsembleClock, 3> clocks{};
    for (auto& c : clocks)
        c = {0, true};
    for (int s = 0; s < 7200; ++s) {
        std::vector<EnsembleInput> inputs;
        for (auto& c : clocks)
            inputs.push_back({&c, &c == &clocks[2] ? 4e-6 : 0, 0, vote_of(clocks, c)});
        ensemble.steer(inputs, 1s, 1s);
    }
    EXPECT_NEAR(ensemble.rate(), 0, 1e-9);
}

TEST(RegressionEnsemble, TwoRacingClocksOfFiveDoNotDragIt) {
    Ensemble ensemble;
    std::array<EnsembleClock, 5> clocks{};
    for (auto& c : clocks)
        c = {0, true};
    for (int s = 0; s < 7200; ++s) {
        std::vector<EnsembleInput> inputs;
        for (auto& c : clocks)
            inputs.push_back({&c, &c >= &clocks[3] ? 4e-6 : 0, 0, vote_of(clocks, c)});
        ensemble.steer(inputs, 1s, 1s);
    }
    EXPECT_NEAR(ensemble.rate(), 0, 1e-9);
}

TEST(RegressionTruncatedNormal, OnAWideHalfLine) {
    EXPECT_NEAR(truncated_standard_normal(0, 3e4).variance, 1 - 2 / M_PI, 1e-3);  // 0.9
}
TEST(RegressionTruncatedNormal, NarrowInATail) {
    const double w = 2.786e-5;
    EXPECT_NEAR(truncated_standard_normal(3, 3 + w).variance / (w * w / 12), 1, 0.02);  // 0.41
}
TEST(RegressionTruncatedNormal, FarOutInATail) {
    EXPECT_NEAR(truncated_standard_normal(2e4, 2e4 + 1).variance * 4e8, 1, 0.02);
}

TEST(RegressionForeignHand, TurningOurSlewRoundIsNotAnotherHand) {
    const RawTime boot{5'000'000'000};
    KernelModel kernel(boot, SystemTime{1'700'000'000'250'000'000});
    Discipline discipline;
    ForeignHand hand;
    const auto look = [&](RawTime raw) { return Moment{raw, kernel.at(raw)}; };
    const auto slew = [&](RawTime raw, Duration move) {
        const auto adjustment = discipline.slew(look(raw), kernel.read(raw), 0, move);
        hand.left(look(raw), adjustment, move, discipline.still_running());
        kernel.adjust(raw, adjustment);
    };
    slew(boot, 300ms);
    slew(boot + 1'200ms, -100ms);  // a new epoch, or a correction, turns it round
    EXPECT_FALSE(hand.set_by_other(look(boot + 1'700ms)).has_value());
}

TEST(RegressionForeignHand, ANewEpochInMidSlewIsNotAnotherHand) {
    NodeBench bench(test::bench_settings("m1"));
    bench.start();
    bench.feed(CandidateResolved{bench.now(), "master", test::endpoint(9)});
    bench.pass(1ms);
    const Session session = bench.sent_of<Join>().back().session;
    Sequence sequence = 0;
    const auto correct = [&](std::uint64_t epoch, Duration move) {
        Poll poll;
        poll.session = session;
        poll.reign = 5;
        poll.sequence = ++sequence;
        poll.next_poll = 10s;
        poll.correction = BoundedLine{
            {bench.raw(), ClusterTime{bench.now().system.ns} + move, 0}, 100us, 1e-4, 1us};
        bench.receive(test::sealed(poll, "master", "m1", 1, epoch), test::endpoint(9));
    };
    correct(1, 300ms);
    bench.pass(1'200ms);
    correct(2, -100ms);  // `settime`, or a master that formed anew
    bench.pass(3s);
    EXPECT_EQ(bench.tracking().foreign_sets, 0U);
    EXPECT_NE(bench.status().state, NodeState::refusing);
}

TEST(RegressionForeignHand, ASetWithinOurSlewIsNoticed) {
    const RawTime boot{5'000'000'000};
    KernelModel kernel(boot, SystemTime{1'700'000'000'250'000'000});
    Discipline discipline;
    ForeignHand hand;
    const Moment start{boot, kernel.at(boot)};
    const auto adjustment = discipline.slew(start, kernel.read(boot), 0, 60s);  // never step
    hand.left(start, adjustment, 60s, 0ns);
    kernel.adjust(boot, adjustment);
    kernel.step(boot + 100ms, 59s);
    EXPECT_TRUE(hand.set_by_other({boot + 200ms, kernel.at(boot + 200ms)}).has_value());
}

TEST(RegressionSlew, KeepsWithinTenPercent) {
    EXPECT_LE(as_seconds(declared_for(399ms, time_constant_for(399ms))) *
                  chunk_share(time_constant_for(399ms)),
              0.1);
}
}  // namespace
}  // namespace berkeley
