// A whole cluster with somebody hostile in it, or beside it: valid keys in the wrong hands, nodes
// put out, recordings played again, floods.
#include <array>

#include <fmt/format.h>

#include "tests/sim/scenario.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::sim {
namespace {

constexpr double kSettled_s = 120;

struct Heard {
    std::size_t from;
    std::size_t to;
    Datagram bytes;
};

// Everything that was said, in its order.
std::vector<Heard>& listen(Scenario& scenario, std::vector<Heard>& heard) {
    scenario.world.tap = [&heard](std::size_t from, std::size_t to, const Datagram& bytes) {
        heard.push_back({from, to, bytes});
    };
    return heard;
}

std::vector<std::uint8_t> bytes_of(const Datagram& datagram) {
    return {datagram.begin(), datagram.end()};
}

std::uint64_t counted_as_hostile(const DropCounters& dropped) {
    return dropped.not_authentic + dropped.unknown_sender + dropped.malformed + dropped.replayed +
           dropped.no_certificate + dropped.over_limit + dropped.not_admitted;
}

// With all that stands on host 4's disk: its key, its certificate, the candidate's public key.
class Thief {
  public:
    explicit Thief(Scenario& scenario) : scenario_(scenario) {}

    void say(std::size_t to, std::string_view as, const Message& message, std::uint64_t term = 1) {
        const std::string target = World::name_of(to);
        const std::string stolen = World::name_of(4);
        const test::Sealing with_stolen_key{stolen, target, "sim"};
        Datagram datagram = encode({id_of(as), id_of(target), term, 1}, message);
        seal(datagram, test::seal_of(as, target, with_stolen_key));
        scenario_.world.inject(to, World::endpoint_of(4), bytes_of(datagram));
    }

    Join join(std::string_view as, Cookie cookie = 0) const {
        Join join;
        join.session = 77;
        join.oscillator = 1;
        join.name = *NodeName::from(as);
        join.cookie = cookie;
        join.certificate = test::certificate_for(World::name_of(4), World::name_of(0), "sim");
        return join;
    }

  private:
    Scenario& scenario_;
};

TEST(Thief, of_a_members_disk_joins_under_no_other_name_and_enrols_nobody) {
    Scenario scenario(five_hosts(21));
    scenario.run_to(kSettled_s);
    scenario.world.kill(4);
    Thief thief(scenario);
    const std::size_t members = scenario.status(0).members;
    Cookie cookie = 0;
    scenario.world.tap = [&cookie](std::size_t from, std::size_t, const Datagram& bytes) {
        const auto envelope = decode(bytes);
        const auto* retry = std::get_if<Retry>(&envelope->message);
        if (from == 0 && retry != nullptr)
            cookie = retry->cookie;
    };
    for (int i = 0; i < 10; ++i) {
        const std::string name = fmt::format("ghost{}", i);
        thief.say(0, name, thief.join(name));
        scenario.run_to(kSettled_s + 1 + i);
        EXPECT_NE(cookie, 0U);
        thief.say(0, name, thief.join(name, cookie));
        thief.say(0, name,
                  Enrol{InvitationId{static_cast<std::uint64_t>(i)}, 1, *NodeName::from(name),
                        test::public_key(name)});
    }
    scenario.run_to(kSettled_s + 60);
    EXPECT_EQ(scenario.status(0).members, members);
    EXPECT_EQ(scenario.world.node(0).registry()->content().enrolled.size(), 0U);
    EXPECT_EQ(scenario.world.reports(0, ReportKind::member_joined), members - 1);
}

TEST(Thief, of_a_members_disk_leads_nobody) {
    Scenario scenario(five_hosts(22));
    scenario.run_to(kSettled_s);
    Thief thief(scenario);
    Session session = 0;
    scenario.world.tap = [&session](std::size_t, std::size_t to, const Datagram& bytes) {
        const auto envelope = decode(bytes);
        const auto* poll = std::get_if<Poll>(&envelope->message);
        if (to == 1 && poll != nullptr)
            session = poll->session;
    };
    scenario.run_to(kSettled_s + 5);
    ASSERT_NE(session, 0U);
    const Duration spread = scenario.spread();
    const DropCounters before = scenario.world.node(1).tracking(scenario.world.moment(1)).dropped;
    for (const std::string& as : {World::name_of(0), World::name_of(4)}) {
        Poll poll;
        poll.session = session;
        poll.reign = 9;
        poll.sequence = 1'000'000;
        poll.correction = BoundedLine{
            {scenario.world.moment(1).raw, ClusterTime{kWorldBegins.ns} + 1h, 0}, 1ms, 1e-4, 1us};
        thief.say(1, as, poll, 5);
        thief.say(1, as, Leave{session, 9}, 5);
        thief.say(1, as, Refusal{session, RefusalReason::revoked}, 5);
    }
    scenario.run_to(kSettled_s + 10);
    const DropCounters after = scenario.world.node(1).tracking(scenario.world.moment(1)).dropped;
    EXPECT_EQ(counted_as_hostile(after) - counted_as_hostile(before), 6U);
    EXPECT_EQ(scenario.status(1).master, World::name_of(0));
    EXPECT_LT(scenario.spread(), spread + Duration{100us});
}

TEST(Revoked, member_is_out_at_once_and_stays_out_over_restarts) {
    Scenario scenario(five_hosts(23));
    scenario.run_to(kSettled_s);
    ASSERT_EQ(scenario.status(0).counted, 5U);
    scenario.world.revoke(0, 3);
    EXPECT_EQ(scenario.status(0).members, 4U);
    scenario.run_to(kSettled_s + 5);
    EXPECT_FALSE(scenario.status(3).master.has_value());
    EXPECT_EQ(scenario.status(3).state, NodeState::holdover);
    EXPECT_NE(scenario.status(3).reason.find("key was revoked"), std::string::npos)
        << scenario.status(3).reason;
    scenario.world.kill(3);
    scenario.world.start(3);
    scenario.run_to(kSettled_s + 30);
    scenario.world.kill(0);
    scenario.world.start(0);  // from what it saved
    scenario.run_to(kSettled_s + 120);
    EXPECT_EQ(scenario.status(0).members, 4U);
    EXPECT_EQ(scenario.world.reports(0, ReportKind::member_joined), 7U);  // 4, and 3 again
    EXPECT_FALSE(scenario.status(3).master.has_value());
    for (const std::size_t host : {0U, 1U, 2U, 4U})
        EXPECT_EQ(scenario.status(host).state, NodeState::synchronized);
}

class Recording : public testing::Test {
  protected:
    static constexpr double kHour_s = 3600;

    static WorldShape shape() {
        WorldShape shape = five_hosts(24);
        shape.path.mean_jitter = 0ns;  // what the clocks differ by is the recording's doing
        shape.poll_max = 4s;
        return shape;
    }

    Recording() { listen(scenario, heard); }

    void run_to(double at_s) {
        scenario.run_to(at_s);
        never.run_until(scenario.world.now());
    }

    std::uint64_t counted() {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < scenario.world.size(); ++i) {
            const Tracking tracking = scenario.world.node(i).tracking(scenario.world.moment(i));
            sum += counted_as_hostile(tracking.dropped) + tracking.dropped.stale_term;
        }
        return sum;
    }

    // To each node all that was ever said, from where it was said. It is counted; but for Joins of
    // an earlier session, of which each may be a node that asks again.
    void play_to_everybody() {
        const auto joins = std::ranges::count_if(heard, [](const Heard& each) {
            return std::holds_alternative<Join>(decode(each.bytes)->message);
        });
        const std::uint64_t before = counted();
        for (std::size_t to = 0; to < scenario.world.size(); ++to) {
            for (const Heard& each : heard)
                scenario.world.inject(to, World::endpoint_of(each.from), bytes_of(each.bytes));
        }
        run_to(as_seconds(Duration{scenario.world.now().ns}) + 1);
        const std::uint64_t played = scenario.world.size() * heard.size();
        EXPECT_GE(counted() - before, played - static_cast<std::uint64_t>(joins));
    }

    Duration against_never(std::size_t i) {
        return scenario.world.system_time(i) - never.system_time(i);
    }

    // One datagram more at one time, and two worlds draw apart: by some microseconds in a day.
    void count_from_here() {
        for (std::size_t i = 0; i < scenario.world.size(); ++i)
            apart_before[i] = against_never(i);
    }

    void expect_as_if_never_played() {
        for (std::size_t i = 0; i < scenario.world.size(); ++i) {
            const Duration moved = against_never(i) - apart_before[i];
            EXPECT_LT(std::abs(moved.count()), 1'000) << World::name_of(i);
        }
        EXPECT_EQ(scenario.status(0).members, 5U);
        EXPECT_EQ(scenario.status(0).counted, 5U);
        scenario.expect_all_synchronized();
    }

    Scenario scenario{shape()};
    World never{shape()};
    std::vector<Heard> heard;
    std::array<Duration, 5> apart_before{};
};

TEST_F(Recording, of_an_hour_played_to_everybody_at_once_and_a_day_later_changes_nothing) {
    run_to(kHour_s);
    scenario.world.tap = nullptr;
    ASSERT_GT(heard.size(), 7'000U);
    play_to_everybody();
    expect_as_if_never_played();
    run_to(kHour_s + 120);
    expect_as_if_never_played();
    run_to(25 * kHour_s);
    count_from_here();
    EXPECT_LT(std::abs(apart_before[0].count()), 20'000);
    play_to_everybody();
    run_to(25 * kHour_s + 120);
    expect_as_if_never_played();
}

// To which the cookies mean nothing.
TEST_F(Recording, of_an_earlier_reign_changes_nothing) {
    run_to(kSettled_s);
    scenario.world.tap = nullptr;
    for (World* world : {&scenario.world, &never}) {
        world->kill(0);
        world->start(0);
    }
    run_to(kSettled_s + 200);
    play_to_everybody();
    run_to(kSettled_s + 300);
    expect_as_if_never_played();
}

TEST(Flood, of_a_hundred_thousand_forged_joins_leaves_an_honest_joiner_able_to_join) {
    WorldShape shape = five_hosts(25);
    shape.expect = 4;
    shape.hosts[4].starts = TrueTime{seconds(kSettled_s).count()};
    Scenario scenario(shape);
    scenario.run_to(kSettled_s - 5);
    const std::uint64_t sent = scenario.world.datagrams_sent();
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const double at_s = kSettled_s - 5 + static_cast<double>(i) * 1e-4;  // for ten seconds
        scenario.world.at(TrueTime{seconds(at_s).count()}, [&scenario, i] {
            const std::string name = fmt::format("ghost{}", i % 1000);
            Join join;
            join.session = i + 1;
            join.cookie = i;
            join.name = *NodeName::from(name);
            join.certificate = Certificate{};
            Endpoint from = World::endpoint_of(1000 + i % 60'000);
            from.address[2] = static_cast<std::uint8_t>(i % 251);
            scenario.world.inject(
                0, from, bytes_of(encode({id_of(name), id_of(World::name_of(0)), 0, 0}, join)));
        });
    }
    scenario.run_to(kSettled_s + 5);
    EXPECT_TRUE(scenario.status(4).master.has_value()) << scenario.status(4).reason;
    EXPECT_EQ(scenario.status(0).members, 5U);
    EXPECT_LE(scenario.world.datagrams_sent() - sent, 102'000U);
    EXPECT_EQ(scenario.world.reports(0, ReportKind::member_refused), 0U);
    scenario.run_to(kSettled_s + 60);
    scenario.expect_all_synchronized();
}

// Each Join that is heard is answered with a forged Retry before the true one can come.
TEST(Forger, of_retries_and_refusals_has_no_effect) {
    Scenario scenario(five_hosts(26));
    Cookie cookie = 4711;
    scenario.world.tap = [&scenario, &cookie](std::size_t from, std::size_t,
                                              const Datagram& bytes) {
        const auto envelope = decode(bytes);
        const auto* join = std::get_if<Join>(&envelope->message);
        if (join == nullptr)
            return;
        const Header header{envelope->header.to, envelope->header.from, 0, 0};
        const Endpoint candidate = World::endpoint_of(0);
        scenario.world.inject(from, candidate,
                              bytes_of(encode(header, Retry{join->session, ++cookie})));
        scenario.world.inject(
            from, candidate,
            bytes_of(encode(header, Refusal{join->session, RefusalReason::revoked})));
    };
    scenario.run_to(20);
    EXPECT_EQ(scenario.status(0).members, 5U);
    for (std::size_t i = 1; i < 5; ++i)
        EXPECT_EQ(scenario.world.reports(i, ReportKind::refused_by_master), 0U);
    scenario.run_to(kSettled_s);
    scenario.expect_all_synchronized();
}

}  // namespace
}  // namespace berkeley::sim
