// A minority of clocks reads something else altogether when cluster time is formed. The others form
// it without them; who was wrong is named, with the reason, and corrected.
#include <algorithm>

#include "tests/sim/scenario.hpp"

namespace berkeley::sim {
namespace {

// Cluster time must lie among the honest clocks.
void expect_formed_among(Scenario& scenario, const WorldShape& shape,
                         const std::vector<std::size_t>& wrong) {
    std::vector<Duration> honest;
    for (std::size_t i = 0; i < shape.hosts.size(); ++i) {
        if (std::find(wrong.begin(), wrong.end(), i) == wrong.end()) {
            honest.push_back(shape.hosts[i].start_offset);
        }
    }
    const auto [low, high] = std::minmax_element(honest.begin(), honest.end());
    for (std::size_t i = 0; i < shape.hosts.size(); ++i) {
        EXPECT_GE(scenario.against_truth(i), *low - 10ms) << World::name_of(i);
        EXPECT_LE(scenario.against_truth(i), *high + 10ms) << World::name_of(i);
    }
}

void try_with(const std::vector<std::size_t>& wrong, const std::vector<Duration>& by) {
    WorldShape shape = five_hosts(7);
    for (std::size_t i = 0; i < wrong.size(); ++i)
        shape.hosts[wrong[i]].start_offset = by[i];
    Scenario scenario(shape);
    scenario.run_to(5);
    for (const std::size_t host : wrong) {
        const MemberStatus row = scenario.member(host);
        EXPECT_EQ(row.state, MemberState::excluded) << row.name;
        EXPECT_EQ(row.counted, Counted::no) << row.name;
        EXPECT_NE(row.reason.find("off"), std::string::npos) << row.name << ": " << row.reason;
    }
    scenario.run_to(60);
    scenario.expect_all_synchronized();
    expect_formed_among(scenario, shape, wrong);
    EXPECT_LT(scenario.spread(), Duration{1ms});

    scenario.run_to(240);
    for (std::size_t i = 0; i < shape.hosts.size(); ++i) {
        EXPECT_EQ(scenario.member(i).counted, Counted::yes)
            << "it has behaved since, and counts again: " << scenario.member(i).reason;
    }
}

TEST(WrongClock, one_member_of_five_an_hour_ahead_moves_nobody) {
    try_with({3}, {1h});
}
TEST(WrongClock, one_member_of_five_an_hour_behind_moves_nobody) {
    try_with({2}, {-1h});
}
TEST(WrongClock, the_master_an_hour_wrong_moves_nobody) {
    try_with({0}, {1h});
}
TEST(WrongClock, two_of_five_wrong_apart_move_nobody) {
    try_with({1, 4}, {1h, -30s});
}

// They agree with each other to the microsecond: the largest set within 20 ms, but no majority.
TEST(WrongClock, two_of_five_that_collude_move_nobody) {
    try_with({1, 4}, {1h, 1h});
}

TEST(WrongClock, a_dead_battery_does_not_vote) {
    WorldShape shape = five_hosts(7);
    for (const std::size_t host : {1U, 2U, 3U}) {  // a majority that believes it is 1970
        shape.hosts[host].start_offset = -Duration{kWorldBegins.ns} + 100s;
    }
    Scenario scenario(shape);
    for (std::size_t i = 0; i < 5; ++i) {
        SavedState saved;
        saved.floor = kWorldBegins - 24h * 365;
        scenario.world.set_saved(i, saved);
    }
    scenario.run_to(30);
    EXPECT_EQ(scenario.status(0).state, NodeState::starting);
    EXPECT_NE(scenario.status(0).reason.find("2 of 5 expected"), std::string::npos)
        << scenario.status(0).reason;
    scenario.run_to(120);  // and no date is made up where two clocks may know it
    EXPECT_EQ(scenario.status(0).state, NodeState::starting);
}

SystemTime last_seen_by(std::size_t host) {
    return kWorldBegins - 24h - host * Duration{20s};
}

// The power was away for a day, and no machine has a battery. Host 2 had the middle date.
TEST(WrongClock, where_all_batteries_are_dead_time_begins_where_it_was_last_seen) {
    for (const std::size_t candidates : {1U, 3U}) {
        WorldShape shape = five_hosts(8);
        shape.candidates = candidates;
        for (std::size_t i = 0; i < 5; ++i) {
            shape.hosts[i].start_offset = -Duration{kWorldBegins.ns} + 10s + i * Duration{3s};
        }
        Scenario scenario(shape);
        for (std::size_t i = 0; i < 5; ++i) {
            SavedState saved;
            saved.floor = last_seen_by(i);
            scenario.world.set_saved(i, saved);
        }
        scenario.run_to(25);
        EXPECT_EQ(scenario.status(0).state, NodeState::starting);
        scenario.run_to(60);
        scenario.expect_all_synchronized();
        EXPECT_LT(scenario.spread(), Duration{1ms});
        const SystemTime now = kWorldBegins + 60s + scenario.against_truth(0);
        EXPECT_GT(now, last_seen_by(0)) << "time repeats for those who had seen most of it";
        EXPECT_LT(now, last_seen_by(2) + 60s + 60s);
        EXPECT_EQ(scenario.world.reports(0, ReportKind::begun_where_last_seen), 1U);
        EXPECT_EQ(scenario.world.reports(0, ReportKind::cluster_formed), 0U) << "no clocks agreed";
        scenario.run_to(240);
        for (std::size_t i = 0; i < 5; ++i)
            EXPECT_EQ(scenario.member(i).counted, Counted::yes) << scenario.member(i).reason;
    }
}

// They are behind what was last seen for as long as they are slewed there, and count meanwhile.
TEST(WrongClock, clocks_that_are_slewed_to_where_time_was_last_seen_count) {
    WorldShape shape = five_hosts(10);
    for (auto& host : shape.hosts)
        host.step_policy = StepPolicy::never;
    Scenario scenario(shape);
    for (std::size_t i = 0; i < 5; ++i) {
        SavedState saved;
        saved.floor = kWorldBegins + 1h;
        scenario.world.set_saved(i, saved);
    }
    scenario.run_to(90);
    ASSERT_EQ(scenario.world.reports(0, ReportKind::begun_where_last_seen), 1U);
    EXPECT_EQ(scenario.status(0).counted, 5U);
}

TEST(WrongClock, an_operator_need_not_wait_to_begin_where_time_was_last_seen) {
    WorldShape shape = five_hosts(9);
    for (auto& host : shape.hosts)
        host.start_offset = -Duration{kWorldBegins.ns} + 10s;
    Scenario scenario(shape);
    for (std::size_t i = 0; i < 5; ++i) {
        SavedState saved;
        saved.floor = last_seen_by(i);
        scenario.world.set_saved(i, saved);
    }
    scenario.run_to(10);
    ASSERT_EQ(scenario.status(0).state, NodeState::starting);
    EXPECT_NE(scenario.status(0).reason.find("of no use: node1"), std::string::npos)
        << scenario.status(0).reason;
    EXPECT_NE(scenario.status(0).advice.find("date --set"), std::string::npos);
    scenario.world.form(0);
    scenario.run_to(20);
    scenario.expect_all_synchronized();
}

}  // namespace
}  // namespace berkeley::sim
