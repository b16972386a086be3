// A master that tells one node this and another that; and candidates and members that say so of one
// that does not.
#include <map>

#include <fmt/format.h>

#include "tests/sim/scenario.hpp"
#include "tests/sim/seeds.hpp"

namespace berkeley::sim {
namespace {

constexpr double kLearned_s = 1200;

struct Lie {
    Duration by{0};   // at once
    double rate = 0;  // and more with time
};

// Whoever else may be hostile, host 0 leads, and lies to `victims` as soon as `lie` is called.
struct Reign : Scenario {
    explicit Reign(const WorldShape& shape) : Scenario(shape) {
        world.watch(one_master);
        world.corrupt = [this](std::size_t from, std::size_t to, Envelope& envelope) {
            return change(from, to, envelope);
        };
        run_to(kLearned_s);
        EXPECT_EQ(world.master(), 0U);
    }

    double now_s() const { return static_cast<double>(world.now().ns) * 1e-9; }
    void run_on(double for_s) { run_to(now_s() + for_s); }

    void lie(const std::map<std::size_t, Lie>& to) {
        victims = to;
        began = world.now();
        for (const auto& [victim, lie] : victims)
            bounds.exempt(victim);
        for (std::size_t i = 0; i < world.size(); ++i)
            believed.exempt(i);
    }

    // Until nobody is deceived who is in `whom`; in seconds, from the lie's beginning. From then
    // on, once their kernels have been told, their bounds must hold again.
    double until_noticed_by(const std::vector<std::size_t>& whom, double most_s) {
        std::vector<std::size_t> deceived = whom;
        while (!deceived.empty() && now_s() - began_s() < most_s) {
            run_on(0.25);
            std::erase_if(deceived, [this](std::size_t host) { return disbelieves(host); });
        }
        EXPECT_TRUE(deceived.empty()) << World::name_of(deceived.empty() ? 0 : deceived.front());
        const double took_s = now_s() - began_s();
        run_on(2.5);
        for (const std::size_t host : whom)
            bounds.no_more_exempt(host);
        return took_s;
    }

    // Until another leads; in seconds, from the lie's beginning.
    double until_deposed(double most_s) {
        while (world.master().value_or(0) == 0 && now_s() - began_s() < most_s)
            run_on(0.1);
        EXPECT_NE(world.master().value_or(0), 0U);
        return now_s() - began_s();
    }

    double began_s() const { return static_cast<double>(began.ns) * 1e-9; }
    bool disbelieves(std::size_t host) {
        return world.reports(host, ReportKind::correction_refused) > 0;
    }

    void expect_not_deposed() {
        EXPECT_EQ(world.master(), 0U);
        EXPECT_EQ(one_master.elections(), 1U);
        EXPECT_EQ(world.reports(0, ReportKind::deposed), 0U);
    }
    void expect_synchronized(const std::vector<std::size_t>& hosts) {
        for (const std::size_t host : hosts)
            EXPECT_EQ(status(host).state, NodeState::synchronized)
                << World::name_of(host) << ": " << status(host).reason;
    }

    OneMaster one_master;
    std::map<std::size_t, Lie> victims;
    TrueTime began;
    // What others than the master change in what they say.
    std::function<bool(std::size_t from, std::size_t to, Envelope&)> slander;

  private:
    bool change(std::size_t from, std::size_t to, Envelope& envelope) {
        if (slander && slander(from, to, envelope))
            return true;
        auto* poll = std::get_if<Poll>(&envelope.message);
        const auto victim = victims.find(to);
        if (from != 0 || poll == nullptr || !poll->correction || victim == victims.end())
            return false;
        // Nobody believes a leap beyond the bounds: at first he is not sure, and then he is.
        const Duration since = world.now() - began;
        BoundedLine& told = *poll->correction;
        told.line.cluster_at_anchor =
            told.line.cluster_at_anchor + victim->second.by + gained(since, victim->second.rate);
        if (since < Duration{4s})
            told.bound += Duration{std::abs(victim->second.by.count())};
        return true;
    }
};

WorldShape candidates(std::uint64_t seed, std::size_t of) {
    WorldShape shape = five_hosts(seed);
    shape.candidates = of;
    return shape;
}

// ---- who is alone with what it is told notices, and leaves the others in peace

void deceive_one_member(std::uint64_t seed, const Lie& lie, double& worst_s) {
    Reign reign(candidates(seed, 3));
    reign.lie({{4, lie}});
    worst_s = std::max(worst_s, reign.until_noticed_by({4}, 600));
    reign.run_on(60);
    const NodeStatus status = reign.status(4);
    EXPECT_EQ(status.state, NodeState::holdover) << status.reason;
    EXPECT_NE(status.reason.find("they contradict what it tells others"), std::string::npos)
        << status.reason;
    EXPECT_NE(status.advice.find("if on this node alone"), std::string::npos) << status.advice;
    reign.expect_not_deposed();
    reign.expect_synchronized({0, 1, 2, 3});
    EXPECT_EQ(reign.world.reports(1, ReportKind::vote_withdrawn), 0U);
    reign.victims.clear();
    reign.run_on(900);
    reign.expect_all_synchronized();
    EXPECT_EQ(reign.world.reports(4, ReportKind::master_believed), 1U);
}

TEST(Deposition, a_member_that_is_moved_by_50_ms_alone_holds_over) {
    double worst_s = 0;
    for_each_seed(10, [&](std::uint64_t seed) { deceive_one_member(seed, {.by = 50ms}, worst_s); });
    fmt::print("a member that is moved by 50 ms notices it within {:.0f} s\n", worst_s);
    EXPECT_LT(worst_s, 60);
}

TEST(Deposition, a_member_that_is_dragged_by_10_ppm_alone_holds_over) {
    double worst_s = 0;
    for_each_seed(
        10, [&](std::uint64_t seed) { deceive_one_member(seed, {.rate = 10 * kPpm}, worst_s); });
    fmt::print("a member that is dragged by 10 ppm notices it within {:.0f} s\n", worst_s);
    EXPECT_LT(worst_s, 300);
}

TEST(Deposition, two_members_that_are_told_otherwise_hold_over) {
    Reign reign(candidates(3, 3));
    reign.lie({{3, {.by = 50ms}}, {4, {.by = 50ms}}});
    reign.until_noticed_by({3, 4}, 180);
    reign.run_on(300);
    reign.expect_not_deposed();
    reign.expect_synchronized({0, 1, 2});
}

// To the others it looks like a candidate that lies; and that deposes nobody.
TEST(Deposition, a_candidate_alone_that_is_told_otherwise_holds_over) {
    Reign reign(candidates(4, 3));
    reign.lie({{1, {.by = 50ms}}});
    reign.until_noticed_by({1}, 240);
    EXPECT_EQ(reign.world.reports(1, ReportKind::vote_withdrawn), 1U);
    reign.run_on(1800);
    reign.expect_not_deposed();
    EXPECT_EQ(reign.world.reports(0, ReportKind::accused), 1U);
    reign.expect_synchronized({0, 2, 3, 4});
    EXPECT_NE(reign.status(2).reason.find("node2 is told by node1 what contradicts"),
              std::string::npos)
        << reign.status(2).reason;
}

TEST(Deposition, one_to_whom_alone_the_truth_is_told_holds_over) {
    Reign reign(candidates(5, 3));
    reign.lie({{1, {.by = 50ms}}, {2, {.by = 50ms}}, {3, {.by = 50ms}}});
    while (!reign.disbelieves(4) && reign.now_s() < kLearned_s + 180)
        reign.run_on(1);
    EXPECT_TRUE(reign.disbelieves(4));
    reign.run_on(600);
    reign.expect_not_deposed();
    EXPECT_EQ(reign.status(4).state, NodeState::holdover);
}

// ---- who tells each something else is deposed

struct Depositions {
    double worst_s = 0;
    double worst_noticed_s = 0;
};

void depose(const WorldShape& shape, const std::map<std::size_t, Lie>& lies, Depositions& all) {
    Reign reign(shape);
    reign.lie(lies);
    const double took_s = reign.until_deposed(900);
    all.worst_s = std::max(all.worst_s, took_s);
    const std::size_t next = reign.world.master().value_or(0);
    ASSERT_NE(next, 0U) << "seed " << shape.seed;
    reign.run_on(2.5);
    for (const auto& [victim, lie] : lies) {
        if (reign.disbelieves(victim))
            reign.bounds.no_more_exempt(victim);
    }
    reign.run_on(30);
    EXPECT_EQ(reign.world.reports(0, ReportKind::deposed), 1U);
    EXPECT_NE(reign.status(0).reason.find("this candidate was deposed"), std::string::npos)
        << reign.status(0).reason;
    reign.run_on(300);
    reign.expect_all_synchronized();
    EXPECT_EQ(reign.world.master(), next) << "seed " << shape.seed;
    EXPECT_LT(reign.spread(), Duration{1ms}) << to_text(reign.spread());
    for (const auto& [victim, lie] : lies)
        reign.bounds.no_more_exempt(victim);
    reign.run_on(60);
    // It would be first in rank.
    reign.world.kill(next);
    reign.run_on(30);
    EXPECT_NE(reign.world.master().value_or(0), 0U) << "it is barred, and the others know it";
}

TEST(Deposition, of_one_of_three_that_tells_each_something_else) {
    Depositions all;
    for_each_seed(10, [&all](std::uint64_t seed) {
        depose(candidates(seed, 3),
               {{1, {.by = 50ms}}, {2, {.by = -50ms}}, {3, {.by = 20ms}}, {4, {.by = -20ms}}}, all);
    });
    fmt::print("of three: deposed within {:.0f} s\n", all.worst_s);
    EXPECT_LT(all.worst_s, 60);
}

TEST(Deposition, of_one_of_three_that_drags_each_another_way) {
    Depositions all;
    for_each_seed(10, [&all](std::uint64_t seed) {
        depose(candidates(seed, 3),
               {{1, {.rate = 10 * kPpm}},
                {2, {.rate = -10 * kPpm}},
                {3, {.rate = 5 * kPpm}},
                {4, {.rate = -5 * kPpm}}},
               all);
    });
    fmt::print("of three, by dragging: deposed within {:.0f} s\n", all.worst_s);
    EXPECT_LT(all.worst_s, 540);
}

TEST(Deposition, of_one_that_tells_the_truth_to_one_and_lies_to_each_of_the_others) {
    Depositions all;
    for_each_seed(10, [&all](std::uint64_t seed) {
        depose(candidates(seed, 3), {{1, {.by = 50ms}}, {2, {.by = -50ms}}, {3, {.by = 20ms}}},
               all);
    });
    fmt::print("of three, the truth to one: deposed within {:.0f} s\n", all.worst_s);
    EXPECT_LT(all.worst_s, 60);
}

TEST(Deposition, of_one_of_five_that_tells_each_something_else) {
    Depositions all;
    for_each_seed(10, [&all](std::uint64_t seed) {
        depose(candidates(seed, 5),
               {{1, {.by = 50ms}}, {2, {.by = -50ms}}, {3, {.by = 20ms}}, {4, {.by = -20ms}}}, all);
    });
    fmt::print("of five: deposed within {:.0f} s\n", all.worst_s);
    EXPECT_LT(all.worst_s, 60);
}

// ---- who slanders deposes nobody

void slander_by(Reign& reign, const std::vector<std::size_t>& liars) {
    reign.slander = [&reign, liars](std::size_t from, std::size_t, Envelope& envelope) {
        if (reign.began == TrueTime{} || std::ranges::find(liars, from) == liars.end())
            return false;
        if (auto* sighting = std::get_if<Sighting>(&envelope.message);
            sighting != nullptr && sighting->told) {
            sighting->told->cluster = sighting->told->cluster + Duration{50ms};
            sighting->told->bound = 0ns;
        } else if (auto* inquiry = std::get_if<Inquiry>(&envelope.message)) {
            inquiry->opinion.judgement = Judgement::contradicts;
        } else if (auto* reply = std::get_if<Reply>(&envelope.message);
                   reply != nullptr && reply->standing) {
            reply->standing->promises = false;
            reply->standing->distrusts = true;
        } else {
            return false;
        }
        return true;
    };
    reign.lie({});
}

void expect_slander_in_vain(std::size_t of, const std::vector<std::size_t>& liars) {
    for_each_seed(5, [&](std::uint64_t seed) {
        Reign reign(candidates(seed, of));
        slander_by(reign, liars);
        reign.run_on(3600);
        reign.expect_not_deposed();
        reign.expect_all_synchronized();
        for (std::size_t i = 0; i < reign.world.size(); ++i)
            EXPECT_EQ(reign.world.reports(i, ReportKind::vote_withdrawn), 0U) << World::name_of(i);
        EXPECT_LT(reign.spread(), Duration{100us}) << to_text(reign.spread());
        const bool by_candidate = liars.front() < of;
        EXPECT_EQ(reign.world.reports(4, ReportKind::master_contradicted) > 0,
                  by_candidate && liars.front() != 4);
    });
}

TEST(Slander, by_a_candidate_of_three_deposes_nobody) {
    expect_slander_in_vain(3, {2});
}

TEST(Slander, by_a_member_deposes_nobody) {
    expect_slander_in_vain(3, {4});
}

TEST(Slander, by_two_candidates_of_five_deposes_nobody) {
    expect_slander_in_vain(5, {2, 3});
}

// It is named.
TEST(Slander, of_a_candidate_is_told_to_the_operators) {
    Reign reign(candidates(1, 3));
    slander_by(reign, {2});
    reign.run_on(300);
    for (const std::size_t host : {1U, 3U, 4U}) {
        const NodeStatus status = reign.status(host);
        EXPECT_NE(status.reason.find("node3 is told by node1 what contradicts"), std::string::npos)
            << status.reason;
        EXPECT_NE(status.advice.find("the one that most of them name is wrong"), std::string::npos)
            << status.advice;
    }
}

// ---- what it costs

TEST(Witnesses, cost_a_few_datagrams_in_a_hundred) {
    for (const std::size_t of : {3U, 5U}) {
        Reign reign(candidates(1, of));
        std::map<std::size_t, double> polls;
        std::map<std::size_t, double> questions;
        std::map<Session, std::size_t> asked;
        reign.world.tap = [&](std::size_t from, std::size_t to, const Datagram& bytes) {
            const Message message = decode(bytes)->message;
            if (std::holds_alternative<Poll>(message))
                ++polls[to];
            else if (std::holds_alternative<Reply>(message))
                ++polls[from];
            else if (std::holds_alternative<Inquiry>(message))
                ++questions[from];
            else if (std::holds_alternative<Sighting>(message) ||
                     std::holds_alternative<Retry>(message))
                ++questions[to];
        };
        reign.run_on(3600);
        for (const std::size_t host : {1U, 4U})
            fmt::print(
                "{} candidates, {} {}: {:.0f} datagrams in an hour are polls and replies, "
                "{:.0f} questions to witnesses and answers ({:.1f} %)\n",
                of, host < of ? "candidate" : "member", World::name_of(host), polls[host],
                questions[host], 100 * questions[host] / polls[host]);
        for (std::size_t host = 1; host < reign.world.size(); ++host) {
            EXPECT_GT(questions[host], 0.02 * polls[host]);
            EXPECT_LT(questions[host], (host < of ? 0.04 : 0.08) * polls[host]);
        }
    }
}

}  // namespace
}  // namespace berkeley::sim
