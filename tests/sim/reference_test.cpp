// Nodes with outside time: cluster time is brought to them, without a step, and goes on without
// them.
#include <cmath>
#include <iostream>

#include <fmt/format.h>

#include "tests/sim/scenario.hpp"

namespace berkeley::sim {
namespace {

constexpr OutsideShape kSound{.noise = 10us, .says = 1ms, .begins = TrueTime{500'000'000}};

WorldShape with_references(std::uint64_t seed, const std::vector<std::size_t>& references,
                           const OutsideShape& outside = kSound) {
    WorldShape shape = five_hosts(seed);
    for (const std::size_t host : references) {
        shape.hosts[host].clock = ClockMode::reference;
        shape.hosts[host].outside = outside;
        shape.references.push_back(World::name_of(host));
    }
    return shape;
}

Duration size_of(Duration duration) {
    return Duration{std::abs(duration.count())};
}

// Of the clocks that are steered.
Duration worst_against_utc(Scenario& scenario) {
    Duration worst{0};
    for (std::size_t i = 0; i < scenario.world.size(); ++i) {
        if (!scenario.world.has_outside(i))
            worst = std::max(worst, size_of(scenario.world.against_utc(i)));
    }
    return worst;
}

void expect_steered_synchronized(Scenario& scenario) {
    for (std::size_t i = 0; i < scenario.world.size(); ++i) {
        if (scenario.world.has_outside(i))
            continue;
        EXPECT_EQ(scenario.status(i).state, NodeState::synchronized)
            << World::name_of(i) << ": " << scenario.status(i).reason;
    }
}

// Cluster time against UTC, by the clock of a steered node, each second: how much it moves in a
// minute at the most, beyond what a clock is off by.
class Moves {
  public:
    Moves(Scenario& scenario, std::size_t host) : scenario_(scenario), host_(host) {
        scenario.world.every(1s, [this] { look(); });
    }
    Duration most() const { return most_; }
    void begin() { begun_ = true; }

  private:
    void look() {
        seen_.push_back(scenario_.world.against_utc(host_));
        if (!begun_) {
            seen_.clear();
            return;
        }
        if (seen_.size() > 60)
            most_ = std::max(most_, size_of(seen_.back() - seen_[seen_.size() - 61]));
    }

    Scenario& scenario_;
    std::size_t host_;
    bool begun_ = false;
    std::vector<Duration> seen_;
    Duration most_{0};
};

// 60 s of the pull, and what clocks do.
constexpr Duration kMostInAMinute = 330us;

TEST(References, one_gives_cluster_time_its_time) {
    for (const std::size_t reference : {4U, 0U}) {  // a member; the master itself
        Scenario scenario(with_references(21, {reference}));
        scenario.run_to(60);
        expect_steered_synchronized(scenario);
        EXPECT_LT(worst_against_utc(scenario), Duration{5ms});
        scenario.run_to(2400);
        EXPECT_LT(worst_against_utc(scenario), Duration{60us});
        EXPECT_EQ(scenario.status(1).timescale, Timescale::reference);
        EXPECT_EQ(scenario.status(1).references, 1U);
        EXPECT_EQ(scenario.status(1).references_believed, 1U);
        EXPECT_EQ(scenario.status(0).epoch, 1U);
        EXPECT_EQ(scenario.member(reference).reference, true);
        EXPECT_EQ(scenario.member(1).reference, std::nullopt);
        EXPECT_EQ(scenario.world.steps(reference), 0U) << "not ours to steer";
        EXPECT_LT(size_of(*scenario.status(reference).offset), Duration{100us});
        std::cout << fmt::format("  reference node{}: {} from UTC after 40 min\n", reference + 1,
                                 to_text(worst_against_utc(scenario)));
    }
}

TEST(References, a_false_one_of_three_is_named_and_moves_nobody) {
    WorldShape shape = with_references(22, {2, 3, 4});
    shape.hosts[3].outside->error = 200ms;
    Scenario scenario(shape);
    scenario.run_to(1200);
    EXPECT_LT(worst_against_utc(scenario), Duration{100us});
    EXPECT_EQ(scenario.status(0).references_believed, 2U);
    EXPECT_EQ(scenario.member(3).reference, false);
    EXPECT_NE(scenario.member(3).reference_reason.find("majority"), std::string::npos)
        << scenario.member(3).reference_reason;
    EXPECT_EQ(scenario.member(2).reference, true);
    EXPECT_EQ(scenario.member(4).reference, true);
}

TEST(References, two_that_disagree_are_none) {
    WorldShape shape = with_references(23, {3, 4});
    Scenario scenario(shape);
    scenario.run_to(600);
    Moves moves(scenario, 1);
    moves.begin();
    OutsideShape off = kSound;
    off.error = 30ms;
    scenario.world.have_outside(3, off);
    scenario.run_to(660);
    EXPECT_EQ(scenario.status(0).references_believed, 1U) << "the one that did not jump";
    scenario.run_to(1200);  // its probation has ended, and it contradicts the other
    EXPECT_EQ(scenario.status(0).references_believed, 0U);
    EXPECT_EQ(scenario.status(0).timescale, Timescale::ensemble);
    EXPECT_LT(moves.most(), kMostInAMinute);
}

TEST(References, all_lost_leaves_cluster_time_where_it_is_at_its_rate) {
    Scenario scenario(with_references(24, {3, 4}));
    scenario.run_to(1800);
    Moves moves(scenario, 1);
    moves.begin();
    const Duration before = worst_against_utc(scenario);
    scenario.world.lose_outside(3);
    scenario.world.kill(4);
    scenario.run_to(1860);
    EXPECT_EQ(scenario.status(1).timescale, Timescale::ensemble);
    EXPECT_EQ(scenario.status(1).references_believed, 0U);
    EXPECT_EQ(scenario.world.reports(0, ReportKind::timescale_ensemble), 1U);
    EXPECT_NE(scenario.status(1).reason.find("none of 2 references"), std::string::npos)
        << scenario.status(1).reason;
    scenario.run_to(5400);
    for (const std::size_t i : {0U, 1U, 2U})
        EXPECT_EQ(scenario.status(i).state, NodeState::synchronized);
    EXPECT_LT(moves.most(), Duration{20us});
    // In an hour at a rate that is known to 0.03 ppm (10 us of noise over the 300 s of its memory),
    // which lags by 0.02 ppm, four oscillators that wander by 1e-9 per root second stray by 140 us
    // (one sigma).
    EXPECT_LT(worst_against_utc(scenario) - before, 4 * Duration{140us});
    std::cout << fmt::format("  an hour without: {} from UTC; moved by {} in a minute at most\n",
                             to_text(worst_against_utc(scenario)), to_text(moves.most()));
}

TEST(References, that_come_later_pull_and_do_not_step) {
    OutsideShape late = kSound;
    late.begins = TrueTime{seconds(900).count()};
    WorldShape shape = with_references(25, {4}, late);
    for (HostShape& host : shape.hosts)
        host.oscillator.rate_error /= 5;  // to see the pull, not the turning
    Scenario scenario(shape);
    scenario.run_to(850);
    expect_steered_synchronized(scenario);
    EXPECT_EQ(scenario.status(0).timescale, Timescale::ensemble);
    const Duration far = worst_against_utc(scenario);
    ASSERT_GT(far, Duration{10ms});
    Moves moves(scenario, 1);
    moves.begin();
    scenario.run_to(1000);
    EXPECT_EQ(scenario.status(1).timescale, Timescale::reference);
    EXPECT_EQ(scenario.world.reports(0, ReportKind::timescale_reference), 1U);
    EXPECT_NE(scenario.status(1).reason.find("5 ppm"), std::string::npos)
        << scenario.status(1).reason;
    scenario.run_to(900 + 3600);
    expect_steered_synchronized(scenario);
    EXPECT_EQ(scenario.status(0).epoch, 1U);
    std::cout << fmt::format("  {} away, {} an hour later; moved by {} in a minute at most\n",
                             to_text(far), to_text(worst_against_utc(scenario)),
                             to_text(moves.most()));
    EXPECT_LT(worst_against_utc(scenario), far);
}

// One that is alone and jumps to and fro: it is out at its first jump, and each time for longer.
TEST(References, that_strobes_is_believed_less_and_less) {
    Scenario scenario(with_references(26, {4}));
    scenario.run_to(600);
    Moves moves(scenario, 1);
    moves.begin();
    for (int i = 0; i < 30; ++i) {
        OutsideShape strobe = kSound;
        strobe.error = i % 2 == 0 ? Duration{80ms} : 0ns;
        scenario.world.have_outside(4, strobe);
        scenario.run_to(600 + 60 * (i + 1));
    }
    EXPECT_EQ(scenario.member(4).reference, false);
    EXPECT_NE(scenario.member(4).reference_reason.find("jumped"), std::string::npos)
        << scenario.member(4).reference_reason;
    EXPECT_LT(moves.most(), kMostInAMinute);
    EXPECT_LT(worst_against_utc(scenario), Duration{1ms});
}

// One that is alone and drifts away has its way, no faster than is stated.
TEST(References, that_drifts_drags_cluster_time_slowly) {
    Scenario scenario(with_references(27, {4}));
    scenario.run_to(1200);
    OutsideShape drifting = kSound;
    drifting.begins = TrueTime{seconds(1200).count()};
    drifting.drift = 50 * kPpm;
    scenario.world.have_outside(4, drifting);
    scenario.run_to(1200 + 3600);
    EXPECT_LT(worst_against_utc(scenario), Duration{80ms});
    EXPECT_GT(worst_against_utc(scenario), Duration{5ms}) << "was it followed at all?";
}

// A stolen member says that it has outside time: nobody granted it.
TEST(References, that_nobody_granted_are_none) {
    for (const bool others : {false, true}) {
        WorldShape shape = others ? with_references(28, {4}) : five_hosts(28);
        Scenario scenario(shape);
        scenario.world.corrupt = [](std::size_t from, std::size_t, Envelope& envelope) {
            auto* reply = std::get_if<Reply>(&envelope.message);
            if (from != 3 || reply == nullptr)
                return false;
            reply->outside = Outside{.synchronized = true, .max_error = 1us};
            return true;
        };
        scenario.run_to(600);
        EXPECT_EQ(scenario.status(0).references_believed, others ? 1U : 0U);
        EXPECT_EQ(scenario.member(3).reference, false);
        EXPECT_NE(scenario.member(3).reference_reason.find("does not name it"), std::string::npos)
            << scenario.member(3).reference_reason;
        scenario.world.corrupt = nullptr;
    }
}

TEST(References, that_are_named_and_have_no_outside_time_are_told_of) {
    WorldShape shape = five_hosts(38);
    shape.references = {World::name_of(2), World::name_of(0)};
    Scenario scenario(shape);
    scenario.run_to(150);
    expect_steered_synchronized(scenario);
    for (const std::size_t host : {0U, 2U}) {
        EXPECT_EQ(scenario.member(host).reference, false);
        EXPECT_NE(scenario.member(host).reference_reason.find("its own `clock`"), std::string::npos)
            << scenario.member(host).reference_reason;
    }
    EXPECT_EQ(scenario.member(1).reference, std::nullopt);
    EXPECT_NE(scenario.status(1).reason.find("none of 2 references"), std::string::npos);
}

// The master fails, and another goes on with the same references.
TEST(References, are_followed_by_the_next_master) {
    WorldShape shape = with_references(29, {4});
    shape.candidates = 3;
    Scenario scenario(shape);
    OneMaster one;
    scenario.world.watch(one);
    scenario.run_to(1800);
    ASSERT_EQ(scenario.world.master(), 0U);
    Moves moves(scenario, 1);
    moves.begin();
    scenario.world.kill(0);
    scenario.run_to(1830);
    ASSERT_TRUE(scenario.world.master());
    scenario.run_to(3600);
    EXPECT_EQ(scenario.status(3).timescale, Timescale::reference);
    EXPECT_LT(size_of(scenario.world.against_utc(1)), Duration{100us});
    EXPECT_LT(size_of(scenario.world.against_utc(3)), Duration{100us});
    EXPECT_LT(moves.most(), kMostInAMinute);
    scenario.world.unwatch(one);
}

// Cluster time is moved away from them, and they have not jumped.
TEST(References, stay_believed_when_an_operator_moves_cluster_time) {
    Scenario scenario(with_references(36, {3, 4}));
    scenario.run_to(900);
    ASSERT_TRUE(scenario.world.move(0, {std::nullopt, 40ms, MoveWay::slew}));
    scenario.run_to(960);
    EXPECT_EQ(scenario.status(1).epoch, 2U);
    EXPECT_EQ(scenario.status(1).references_believed, 2U);
    EXPECT_EQ(scenario.world.reports(0, ReportKind::reference_excluded), 0U);
    EXPECT_NEAR(as_seconds(scenario.status(1).reference_offset.value_or(0ns)), -0.040, 0.0005);
    EXPECT_NE(scenario.status(1).advice.find("settime -0.040s"), std::string::npos)
        << scenario.status(1).advice;
    expect_steered_synchronized(scenario);
}

// ---- leap seconds. 2026-12-31 23:50 UTC, ten minutes before one.

constexpr std::int64_t kNewYear_s = 1'798'761'600;
constexpr double kMidnight_s = 600;

WorldShape before_leap(std::uint64_t seed, bool inserted) {
    OutsideShape outside = kSound;
    outside.tai_s = 37;
    WorldShape shape = with_references(seed, {4}, outside);
    shape.utc_at_start = SystemTime{(kNewYear_s - 600) * 1'000'000'000};
    shape.leap = LeapSecond{ClusterTime{kNewYear_s * 1'000'000'000}, inserted};
    return shape;
}

void expect_leapt(Scenario& scenario, std::size_t host, Duration by) {
    SCOPED_TRACE(World::name_of(host));
    World& world = scenario.world;
    EXPECT_EQ(world.system_time(host) - world.counted_on(host), by) << "its kernel";
    EXPECT_LT(size_of(world.system_time(host) - world.utc()), Duration{1ms});
    EXPECT_EQ(world.reports(host, ReportKind::leap_second), 1U);
    EXPECT_EQ(world.reports(host, ReportKind::clock_set_by_other), 0U);
    EXPECT_EQ(world.kernel(host).tai_offset_s, 37 - by / Duration{1s});
    EXPECT_EQ(scenario.status(host).calendar.coming, std::nullopt);
    if (!world.has_outside(host)) {
        EXPECT_EQ(world.kernel(host).leap, LeapNotice::none);
    }
}

TEST(LeapSecond, is_counted_by_all_at_once) {
    for (const bool inserted : {true, false}) {
        Scenario scenario(before_leap(31, inserted));
        const Duration by = inserted ? Duration{-1s} : Duration{1s};
        scenario.run_to(kMidnight_s - 60);
        for (std::size_t i = 0; i < scenario.world.size(); ++i) {
            ASSERT_TRUE(scenario.status(i).calendar.coming) << World::name_of(i);
            EXPECT_EQ(scenario.world.kernel(i).leap,
                      inserted ? LeapNotice::insertion : LeapNotice::deletion)
                << World::name_of(i);
        }
        Spread spread(scenario.world, scenario.world.now(), {}, 1ms);
        scenario.run_to(kMidnight_s + 10);
        for (std::size_t i = 0; i < scenario.world.size(); ++i)
            expect_leapt(scenario, i, by);
        expect_steered_synchronized(scenario);
        EXPECT_LT(spread.max_us(), 300) << "counted on through the leap second";
        EXPECT_EQ(scenario.world.steps(1), 1U) << "its first synchronization alone";
        scenario.run_to(kMidnight_s + 600);
        expect_steered_synchronized(scenario);
    }
}

TEST(LeapSecond, is_kept_by_the_next_master_and_by_who_holds_over) {
    WorldShape shape = before_leap(32, true);
    shape.candidates = 3;
    Scenario scenario(shape);
    scenario.run_to(kMidnight_s - 2);
    scenario.world.kill(0);  // nobody leads at midnight
    scenario.run_to(kMidnight_s + 30);
    ASSERT_TRUE(scenario.world.master());
    for (const std::size_t i : {1U, 2U, 3U, 4U}) {
        expect_leapt(scenario, i, -1s);
        EXPECT_EQ(scenario.world.reports(i, ReportKind::master_contradicted), 0U);
    }
    scenario.world.start(0);
    scenario.run_to(kMidnight_s + 90);
    EXPECT_LT(size_of(scenario.world.system_time(0) - scenario.world.utc()), Duration{1ms});
    EXPECT_EQ(scenario.status(0).state, NodeState::synchronized) << scenario.status(0).reason;
}

// Its kernel knew of nothing, and its daemon did not run: it is moved by one step when it is back.
TEST(LeapSecond, that_a_member_was_not_there_for_is_made_up_for) {
    Scenario scenario(before_leap(33, true));
    scenario.bounds.exempt(2);
    scenario.no_step.exempt(2);
    scenario.run_to(30);
    const SavedState early = scenario.world.node(2).saved_state(scenario.world.moment(2));
    scenario.run_to(kMidnight_s - 60);
    scenario.world.kill(2);
    KernelAdjustment unaware;
    unaware.rate = scenario.world.kernel(2).rate;
    unaware.leap = LeapNotice::none;
    scenario.world.steer_as_another_program(2, unaware);
    SavedState saved = early;
    saved.calendar.coming.reset();
    scenario.world.set_saved(2, saved);
    scenario.run_to(kMidnight_s + 60);
    EXPECT_GT(scenario.world.system_time(2) - scenario.world.utc(), Duration{900ms});
    scenario.world.start(2);
    scenario.run_to(kMidnight_s + 70);
    EXPECT_LT(size_of(scenario.world.system_time(2) - scenario.world.utc()), Duration{1ms});
    EXPECT_EQ(scenario.world.reports(2, ReportKind::leap_second), 1U);
    EXPECT_EQ(scenario.status(2).state, NodeState::synchronized) << scenario.status(2).reason;
}

TEST(LeapSecond, that_is_called_off_is_counted_by_nobody) {
    WorldShape shape = before_leap(34, true);
    Scenario scenario(shape);
    scenario.run_to(300);
    ASSERT_TRUE(scenario.status(1).calendar.coming);
    scenario.world.call_off_leap();
    scenario.run_to(kMidnight_s + 60);
    for (std::size_t i = 0; i < scenario.world.size(); ++i) {
        EXPECT_EQ(scenario.world.system_time(i), scenario.world.counted_on(i));
        EXPECT_EQ(scenario.world.reports(i, ReportKind::leap_withdrawn), 1U) << World::name_of(i);
    }
    expect_steered_synchronized(scenario);
}

// Whatever sets a clock makes its kernel forget when the leap second is.
TEST(LeapSecond, is_told_again_to_a_kernel_whose_clock_was_set) {
    Scenario scenario(before_leap(36, true));
    scenario.run_to(300);
    ASSERT_EQ(scenario.world.kernel(1).leap, LeapNotice::insertion);
    scenario.world.set_clock(1, 5ms);
    scenario.world.kill(2);
    scenario.world.set_clock(2, 5ms);
    scenario.run_to(310);
    scenario.world.start(2);
    scenario.run_to(kMidnight_s + 10);
    for (std::size_t i = 0; i < scenario.world.size(); ++i) {
        EXPECT_EQ(scenario.world.system_time(i) - scenario.world.counted_on(i), Duration{-1s})
            << World::name_of(i) << ": its kernel";
        EXPECT_EQ(scenario.world.reports(i, ReportKind::clock_set_by_other), i == 1 ? 1U : 0U);
        EXPECT_EQ(scenario.world.reports(i, ReportKind::leap_second), 1U);
    }
    expect_steered_synchronized(scenario);
}

// Its midnight is another one then, and comes before the references'.
TEST(LeapSecond, is_announced_anew_when_an_operator_moves_cluster_time) {
    Scenario scenario(before_leap(37, true));
    scenario.bounds.exempt(4);  // it counts the leap second at its own midnight, 100 s later
    for (std::size_t i = 0; i < scenario.world.size(); ++i)
        scenario.no_step.exempt(i);
    scenario.run_to(300);
    ASSERT_TRUE(scenario.world.move(0, {std::nullopt, 100s, MoveWay::step}));
    scenario.run_to(330);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(scenario.world.reports(i, ReportKind::leap_announced), 2U) << World::name_of(i);
        EXPECT_EQ(scenario.world.kernel(i).leap, LeapNotice::insertion);
    }
    scenario.run_to(kMidnight_s - 90);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(scenario.world.system_time(i) - scenario.world.counted_on(i), Duration{-1s})
            << World::name_of(i) << ": its kernel";
        EXPECT_EQ(scenario.world.reports(i, ReportKind::leap_second), 1U);
        EXPECT_EQ(scenario.world.reports(i, ReportKind::clock_set_by_other), 0U);
    }
    expect_steered_synchronized(scenario);
}

TEST(Tai, is_what_most_of_the_references_tell) {
    for (const std::int16_t others : {std::int16_t{37}, std::int16_t{0}}) {
        OutsideShape outside = kSound;
        outside.tai_s = others;
        Scenario scenario(with_references(39, {2, 3, 4}, outside));
        scenario.world.corrupt = [](std::size_t from, std::size_t, Envelope& envelope) {
            auto* reply = std::get_if<Reply>(&envelope.message);
            if (from != 3 || reply == nullptr || !reply->outside)
                return false;
            reply->outside->tai_s = 99;
            return true;
        };
        scenario.run_to(120);
        EXPECT_EQ(scenario.status(0).references_believed, 3U);
        for (const std::size_t host : {0U, 1U})
            EXPECT_EQ(scenario.world.kernel(host).tai_offset_s, others);
        scenario.world.corrupt = nullptr;
    }
}

// A stolen member that nobody granted, and a false one of three, announce one.
TEST(LeapSecond, that_no_majority_announces_is_none) {
    WorldShape shape = with_references(35, {2, 3, 4});
    shape.utc_at_start = SystemTime{(kNewYear_s - 600) * 1'000'000'000};
    Scenario scenario(shape);
    scenario.world.corrupt = [](std::size_t from, std::size_t, Envelope& envelope) {
        auto* reply = std::get_if<Reply>(&envelope.message);
        if (reply == nullptr || (from != 1 && from != 3))
            return false;
        Outside lie = reply->outside.value_or(Outside{.synchronized = true, .max_error = 1ms});
        lie.leap = LeapNotice::insertion;
        reply->outside = lie;
        return true;
    };
    scenario.run_to(kMidnight_s + 10);
    for (std::size_t i = 0; i < scenario.world.size(); ++i)
        EXPECT_EQ(scenario.world.reports(i, ReportKind::leap_announced), 0U) << World::name_of(i);
    EXPECT_EQ(scenario.status(0).references_believed, 3U);
    scenario.world.corrupt = nullptr;
}

}  // namespace
}  // namespace berkeley::sim
