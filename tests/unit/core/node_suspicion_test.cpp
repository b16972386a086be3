// A raw clock seems to have jumped: a member's, or the master's own?
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::four;
using test::master_settings;
using test::PlayedCluster;

// It stands still, and its members' clocks go on; they are heard one by one. Whoever is first must
// not be taken for the one that jumped.
TEST(Master, ItsOwnRawClockThatStoodStillIsFoundOutWhoeverIsHeardFirst) {
    NodeSettings settings = master_settings(5);
    settings.poll_max = 4s;
    PlayedCluster cluster(settings, four());
    for (const auto& member : cluster.members) {
        member->join();
        cluster.bench.pass(1100ms);
    }
    cluster.bench.pass(300s);
    for (const auto& member : cluster.members)
        member->jump_raw(5s);
    cluster.bench.pass(10s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::raw_clock_broken), 1U);
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_excluded), 0U);
}

// Those that do not count are judged at once; what they showed is not forgotten by that.
TEST(Master, ItsOwnRawClockThatStoodStillIsFoundOutByClocksThatDoNotCount) {
    NodeSettings settings = master_settings(3);
    settings.poll_max = 4s;
    for (int moment = 0; moment < 12; ++moment) {
        PlayedCluster cluster(settings, {four()[0], four()[1]});
        cluster.members[0]->join();
        cluster.bench.pass(1700ms);
        cluster.members[1]->join();
        cluster.bench.pass(300s);
        cluster.members[0]->jump_raw(1s);  // out of the average
        cluster.bench.pass(30s + moment * Duration{330ms});
        ASSERT_EQ(cluster.bench.member("m1").state, MemberState::excluded);
        for (const auto& member : cluster.members)
            member->jump_raw(5s);
        cluster.bench.pass(12s);
        EXPECT_EQ(cluster.bench.reported(ReportKind::raw_clock_broken), 1U) << moment;
        EXPECT_EQ(cluster.bench.reported(ReportKind::member_excluded), 1U) << "the first time";
    }
}

// A member that has just died answers nothing, and is not called silent for long yet.
TEST(Master, ASuspicionWaitsForNobodyWhoIsNotThere) {
    NodeSettings settings = master_settings(5);
    settings.poll_max = 80s;
    PlayedCluster cluster(settings, four());
    cluster.join_all();
    cluster.bench.pass(1h);
    cluster.members[3]->silent = true;
    cluster.members[1]->jump_raw(1s);
    cluster.bench.pass(180s);  // an exchange is complete with the poll after the next
    EXPECT_EQ(cluster.bench.reported(ReportKind::member_excluded), 1U);
    cluster.bench.sent.clear();
    cluster.bench.pass(80s);
    const auto polls = cluster.bench.sent_of<Poll>();
    EXPECT_TRUE(std::any_of(polls.begin(), polls.end(),
                            [](const Poll& poll) { return poll.correction.has_value(); }));
}

// One that does count is judged when the others were heard; until then nobody is told anything.
TEST(Master, AMemberThatJumpsHoldsUpCorrectionsForAMomentOnly) {
    PlayedCluster cluster(master_settings(5), four());
    cluster.join_all();
    cluster.bench.pass(300s);
    const auto told_to_others = [&cluster] {
        return std::count_if(
            cluster.bench.sent.begin(), cluster.bench.sent.end(), [](const auto& each) {
                const auto* poll = std::get_if<Poll>(&each.message);
                return poll != nullptr && poll->correction && each.header.to != id_of("m2");
            });
    };
    cluster.members[1]->jump_raw(1s);
    cluster.bench.pass(5s);
    EXPECT_EQ(cluster.bench.reported(ReportKind::raw_clock_broken), 0U);
    EXPECT_EQ(cluster.bench.member("m2").state, MemberState::excluded);
    cluster.bench.sent.clear();
    for (int again = 0; again < 40; ++again) {
        cluster.members[1]->jump_raw(1s);
        cluster.bench.pass(500ms);
    }
    EXPECT_GE(told_to_others(), 3 * 18) << "a clock that does not count holds up nothing";
}

}  // namespace
}  // namespace berkeley
