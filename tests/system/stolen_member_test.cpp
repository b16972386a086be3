// With a member's whole disk, an attacker tries all that the protocol has against a cluster of real
// daemons. He has one vote, and nothing more.
#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/core/wire/admission.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"
#include "tests/system/support/thief.hpp"

namespace berkeley::test {
namespace {

constexpr std::array kHonest{"n1", "n2", "n3", "n4"};
constexpr const char* kStolen = "n5";
constexpr std::int64_t kFewKilobytes = 300;

std::int64_t dropped(const NodeProcess& node, std::string_view reason) {
    return number(node.tracking().at("dropped").as_object(), reason);
}

NodeShape honest(std::string name, double offset_ms, double drift_ppm) {
    return {.name = std::move(name), .offset_ms = offset_ms, .drift_ppm = drift_ppm};
}

class StolenMember : public testing::Test {
  protected:
    explicit StolenMember(double offset_ms = 0.02)
        : cluster({.nodes = {honest("n1", offset_ms, 10), honest("n2", -offset_ms, -15),
                             honest("n3", offset_ms / 2, 20), honest("n4", -offset_ms / 2, 5),
                             honest(kStolen, 0, 0)}}) {}

    std::unique_ptr<Thief> steal() {
        return std::make_unique<Thief>(cluster[kStolen].config(), cluster[kStolen].state_dir());
    }

    const NodeProcess& master() const { return cluster["n1"]; }

    void expect_sane() const {
        for (const char* name : kHonest) {
            const boost::json::object status = cluster[name].status();
            EXPECT_EQ(text(status, "state"), "synchronized") << name;
            EXPECT_EQ(text(status, "role"), name == kHonest[0] ? "master" : "member") << name;
            EXPECT_EQ(text(status, "master"), "n1") << name;
            EXPECT_EQ(number(status, "term"), 1) << name;
            EXPECT_EQ(number(status, "epoch"), 1) << name;
            EXPECT_EQ(number(cluster[name].tracking(), "steps"), 0) << name;
            EXPECT_EQ(number(cluster[name].tracking(), "corrections_refused"), 0) << name;
        }
        std::vector<std::string> members;
        for (const boost::json::value& row : master().members())
            members.emplace_back(row.at("name").as_string());
        std::ranges::sort(members);
        EXPECT_EQ(members, (std::vector<std::string>{"n1", "n2", "n3", "n4", kStolen}));
        EXPECT_EQ(number(master().status(), "members_total"), 5);
    }

    Cluster cluster;
};

// ---- a cluster that runs

// Where a clock will be if nobody moves it.
class Course {
  public:
    explicit Course(const NodeProcess& node) : node_(node), first_(reading_of(node)) {}

    void fix() { second_ = reading_of(node_); }

    double moved_us() const {
        const ClockReading now = reading_of(node_);
        const double rate = static_cast<double>(second_.over_raw() - first_.over_raw()) /
                            static_cast<double>(second_.host_raw_ns - first_.host_raw_ns);
        const auto since = static_cast<double>(now.host_raw_ns - second_.host_raw_ns);
        return (static_cast<double>(now.over_raw() - second_.over_raw()) - rate * since) / 1e3;
    }

    double since_s() const {
        return static_cast<double>(reading_of_machine().host_raw_ns - second_.host_raw_ns) / 1e9;
    }

  private:
    const NodeProcess& node_;
    ClockReading first_;
    ClockReading second_;
};

class InARunningCluster : public StolenMember {
  protected:
    void SetUp() override {
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{30}));
        enrol_the_member();
        ASSERT_EQ(cluster[kStolen].stop(), 0);
        thief = steal();
        thief->join();
        for (int tries = 0; tries < 90 && !counts(); ++tries)
            thief->play(Seconds{1});
        ASSERT_TRUE(counts()) << text(master().member(kStolen), "reason");
        watch_the_honest();
    }

    // It came by an invitation, which lies about on its disk.
    void enrol_the_member() {
        const Outcome invited = master().ctl({"invite", "--voting"});
        ASSERT_EQ(invited.code, 0) << invited.err;
        const auto begin = invited.out.find("berkeleyd-invitation-1:");
        ASSERT_NE(begin, std::string::npos) << invited.out;
        const auto parsed = parse_token(
            std::string_view(invited.out).substr(begin, invited.out.find('\n', begin) - begin));
        ASSERT_TRUE(parsed);
        token = *parsed;
        EXPECT_EQ(enrol(kStolen, public_key(kStolen)), EnrolOutcome::admitted);
    }

    // With the secret of the member's own invitation.
    std::optional<EnrolOutcome> enrol(std::string_view name, const PublicKey& key) {
        const Wire wire;
        const NodeId joiner = id_of(name);
        const NodeId candidate = id_of("n1");
        Datagram question = encode({joiner, candidate, 0, 0},
                                   Enrol{token.invitation, 5, *NodeName::from(name), key});
        seal(question, enrolment_key(token.secret, kClusterName, joiner, candidate));
        wire.send(question, cluster.port("n1"));
        std::optional<EnrolOutcome> outcome;
        wait_until(
            Seconds{2},
            [&wire, &outcome] {
                if (const auto answer = wire.receive())
                    outcome = std::get<Admission>(decode(answer->bytes)->message).outcome;
                return outcome.has_value();
            },
            Seconds{0.005});
        return outcome;
    }

    bool counts() const {
        const boost::json::object row = master().member(kStolen);
        return !row.empty() && row.at("counted") == true;
    }

    void watch_the_honest() {
        for (const char* name : kHonest)
            courses.emplace(name, cluster[name]);
        thief->play(Seconds{12});
        for (auto& [name, course] : courses)
            course.fix();
        for (const char* name : kHonest)
            resident[name] = proc_status(cluster[name].pid(), "VmRSS");
    }

    // The ensemble's rate moves by no more than 5 ppm in an hour, whoever wants it to. And the
    // clocks wander by some microseconds about their course, as far as it is known.
    void expect_not_moved() const {
        constexpr double kWander = 5;
        for (const auto& [name, course] : courses) {
            const double time = course.since_s();
            const double moved = course.moved_us();
            const double allowed = 5.0 / 3600 * time * time / 2 + kWander;
            std::cout << fmt::format("  {} moved by {:+.1f} us in {:.0f} s, allowed are {:.1f}\n",
                                     name, moved, time, allowed);
            EXPECT_LT(std::abs(moved), allowed) << name;
        }
    }

    void expect_no_memory_used() const {
        for (const char* name : kHonest) {
            const std::int64_t now = proc_status(cluster[name].pid(), "VmRSS");
            std::cout << fmt::format("  {}: {} kB resident, {} before\n", name, now,
                                     resident.at(name));
            if (kMemoryTellsSomething) {
                EXPECT_LE(now, resident.at(name) + kFewKilobytes) << name;
            }
        }
    }

    std::unique_ptr<Thief> thief;
    Token token;
    std::map<std::string, Course> courses;
    std::map<std::string, std::int64_t> resident;
};

std::vector<Message> all_kinds(const Thief& thief) {
    Poll hour_off = some_poll();
    Poll fresh = hour_off;
    fresh.session = thief.last_poll().session;
    fresh.reign = thief.last_poll().reign;
    Admission admission;
    admission.outcome = EnrolOutcome::admitted;
    admission.certificate = thief.certificate();
    return {thief.own_join(),
            hour_off,
            fresh,
            some_reply(),
            some_leave(),
            Leave{fresh.session, fresh.reign},
            Retry{fresh.session, 5},
            Refusal{fresh.session, RefusalReason::revoked},
            Enrol{InvitationId{7}, 9, *NodeName::from("n9"), public_key("n9")},
            admission};
}

// In its own name, the master's, the others' and nobody's, to everybody, with all the terms.
void speak_for_everybody(Thief& thief, const Cluster& cluster) {
    constexpr std::uint64_t kLast = ~std::uint64_t{0};
    for (const char* to : kHonest) {
        for (const char* from : {"n1", "n2", "n3", "n4", kStolen, "n9"}) {
            for (const Message& message : all_kinds(thief)) {
                for (const std::uint64_t term : {std::uint64_t{1}, std::uint64_t{2}, kLast})
                    thief.send(thief.sealed(from, to, public_key(to), message, term, term),
                               cluster.port(to));
            }
            thief.play(Seconds{0.02});
        }
    }
}

// Nobody with one of these is let in; and as often as not is told why.
std::vector<std::pair<std::string, Join>> joins_in_other_names(const Thief& thief) {
    std::vector<std::pair<std::string, Join>> all;
    for (int i = 0; i < 10; ++i) {
        const std::string name = fmt::format("ghost{}", i);
        Join join = thief.own_join();
        join.name = *NodeName::from(name);
        all.emplace_back(name, join);  // by the certificate of another name
        join.session += 2;
        join.certificate =
            certify(thief.key(), kClusterName, name, thief.key().public_key(), true, 7);
        all.emplace_back(name, join);  // by one of its own making
        join.session += 2;
        join.certificate->issuer = key_id(public_key("n1"));
        all.emplace_back(name, join);  // and in the candidate's name
    }
    return all;
}

class Attacks : public InARunningCluster {
  protected:
    void play_the_master() {
        speak_for_everybody(*thief, cluster);
        thief->join();  // it said goodbye, among the rest
        thief->play(Seconds{3});
        for (const char* name : {"n2", "n3", "n4"}) {
            EXPECT_GE(dropped(cluster[name], "not_authentic"), 27) << name;    // as the master
            EXPECT_GE(dropped(cluster[name], "unknown_sender"), 120) << name;  // as anybody else
        }
        EXPECT_GE(dropped(master(), "malformed"), 6);  // its own words, which are a master's
    }

    void come_in_under_ten_names() {
        const std::int64_t before = dropped(master(), "not_admitted");
        const auto joins = joins_in_other_names(*thief);
        for (const auto& [name, join] : joins) {
            const auto answer = thief->ask(join, name);
            ASSERT_TRUE(answer) << name;
            EXPECT_TRUE(std::holds_alternative<Refusal>(*answer)) << name;
        }
        EXPECT_EQ(dropped(master(), "not_admitted"), before + std::ssize(joins));
    }

    void enrol_ten_names() {
        const std::int64_t before = dropped(master(), "not_authentic");
        for (int i = 0; i < 10; ++i) {
            const std::string name = fmt::format("ghost{}", i);
            EXPECT_EQ(enrol(name, public_key(name)), EnrolOutcome::used);
            // By a secret that follows from the stolen key, as the candidate's do from its own.
            const InvitationSecret made_up =
                invitation_secret(thief->key(), kClusterName, InvitationId{77});
            Datagram question = encode({id_of(name), id_of("n1"), 0, 0},
                                       Enrol{{77}, 5, *NodeName::from(name), public_key(name)});
            seal(question, enrolment_key(made_up, kClusterName, id_of(name), id_of("n1")));
            thief->send_to_master({question.begin(), question.end()});
        }
        EXPECT_EQ(boost::json::parse(master().ctl({"enrolled", "--json"}).out).as_array().size(),
                  1U);
        EXPECT_GE(dropped(master(), "not_authentic"), before + 10);
    }

    void repeat_all_that_was_said() {
        const std::int64_t before = dropped(master(), "replayed");
        const std::vector<Bytes> heard = thief->heard();
        const std::vector<Bytes> said = thief->said();
        ASSERT_GT(said.size(), 10U);
        for (const char* to : kHonest) {
            for (const auto* words : {&heard, &said}) {
                for (std::size_t i = 0; i < words->size(); ++i) {
                    thief->send((*words)[i], cluster.port(to));
                    if (i % 32 == 0)
                        thief->play(Seconds{0.005});
                }
            }
        }
        EXPECT_GE(dropped(master(), "replayed"), before + std::ssize(said));
        for (const char* name : {"n2", "n3", "n4"})
            EXPECT_GE(dropped(cluster[name], "unknown_sender"), std::ssize(heard)) << name;
    }

    // Each of them good, and its own. Each is answered by one datagram at most.
    void flood_with_joins() {
        constexpr int kMany = 5000;
        const std::int64_t before = number(master().tracking(), "datagrams_sent");
        for (int i = 0; i < kMany; ++i) {
            thief->send_to_master(thief->to_master(thief->own_join()));
            if (i % 32 == 0)
                thief->play(Seconds{0.005});
        }
        EXPECT_LE(number(master().tracking(), "datagrams_sent"), before + kMany + 200);
        thief->play(Seconds{5.5});  // until these are forgotten
        thief->join();
    }

    // Several readings for one poll, and a clock a little fast: as far as nobody notices.
    void lie_slyly() {
        const std::int64_t replayed = dropped(master(), "replayed");
        thief->copies = 3;
        thief->play(Seconds{8}, [start = reading_of_machine()](Reply& reply) {
            run_fast(reply, RawTime{start.host_raw_ns}, 4 * kPpm);
        });
        thief->copies = 1;
        EXPECT_GT(dropped(master(), "replayed"), replayed);
    }

    void lie_boldly() {
        thief->play(Seconds{10}, [start = reading_of_machine()](Reply& reply) {
            run_fast(reply, RawTime{start.host_raw_ns}, 3000 * kPpm);
        });
        EXPECT_FALSE(counts());
        int turn = 0;
        thief->play(Seconds{5}, [&turn](Reply& reply) {  // anything at all
            ++turn;
            reply.system = reply.system + (turn % 2 == 0 ? 1 : -1) * 1h;
            reply.system_rate = turn % 3 * 0.05;
            reply.claim = Claim{ClusterTime{reply.system.ns}, 1ns};
            reply.poll_received = reply.poll_received - turn % 5 * 1ms;
        });
        EXPECT_FALSE(counts());
    }

    static void run_fast(Reply& reply, RawTime since, double rate) {
        for (RawTime* time : {&reply.poll_received, &reply.raw, &reply.last_sent})
            *time = *time + gained(*time - since, rate);
    }
};

TEST_F(Attacks, OfAStolenMemberHaveItsOneVoteAndNothingMore) {
    play_the_master();
    come_in_under_ten_names();
    enrol_ten_names();
    repeat_all_that_was_said();
    flood_with_joins();
    lie_slyly();
    expect_sane();
    expect_not_moved();
    lie_boldly();
    expect_sane();
    expect_not_moved();
    expect_no_memory_used();
}

// ---- a cluster that is just being formed

struct Lie {
    std::string name;
    double off_ms;
};

class WhileForming : public StolenMember, public testing::WithParamInterface<Lie> {
  protected:
    WhileForming() : StolenMember(0.4) {}
};

TEST_P(WhileForming, TakesOneVoteOfFive) {
    constexpr double kWindow = 20;  // ms on either side of the tightest majority
    constexpr double kHonestSpread = 0.8;
    const Duration lie = nanoseconds_of(GetParam().off_ms * 1e6);
    std::filesystem::create_directories(cluster[kStolen].state_dir());
    const auto thief = steal();
    cluster["n1"].start();
    const auto bend = [lie](Reply& reply) { reply.system = reply.system + lie; };
    thief->join();
    for (const char* name : {"n2", "n3", "n4"}) {
        cluster[name].start();
        thief->play(Seconds{0.05}, bend);
    }
    thief->play(Seconds{10}, bend);
    for (const char* name : kHonest)
        ASSERT_TRUE(cluster[name].synchronized(Seconds{30})) << name;
    const double cluster_over_machine = [this] {
        const ClockReading reading = reading_of(master());
        const std::int64_t offset = number(master().status(), "offset_ns");
        return static_cast<double>(reading.over_raw() - offset - reading_of_machine().over_raw()) /
               1e6;
    }();
    std::cout << fmt::format("  a lie of {} ms moved cluster time by {:+.3f} ms\n",
                             GetParam().off_ms, cluster_over_machine);
    EXPECT_LT(std::abs(cluster_over_machine), (kWindow + kHonestSpread) / 5 + kHonestSpread);
    for (const char* name : kHonest)
        EXPECT_EQ(text(cluster[name].status(), "master"), "n1");
}

INSTANTIATE_TEST_SUITE_P(With, WhileForming,
                         testing::Values(Lie{"AnHour", 3'600'000}, Lie{"ADayBack", -86'400'000},
                                         Lie{"WhatIsStillCounted", 18}),
                         [](const auto& lie) { return lie.param.name; });

}  // namespace
}  // namespace berkeley::test
