// A cluster from nothing: one candidate invites two, and there are three without another command,
// whatever is lost, and whoever crashes meanwhile.
#include <algorithm>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/election/roster_world.hpp"
#include "tests/sim/seeds.hpp"

namespace berkeley::test {
namespace {

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr std::size_t kC = 2;
constexpr std::size_t kD = 3;

Duration up_to(RosterWorld& world, Duration most) {
    return Duration{static_cast<std::int64_t>(world.pick(static_cast<std::size_t>(most.count())))};
}

std::string names(const Roster& roster) {
    std::vector<std::string> all;
    for (const TokenCandidate& each : roster.candidates)
        all.emplace_back(each.name.view());
    std::ranges::sort(all);
    std::string text;
    for (const std::string& each : all)
        text += each;
    return text;
}

void crash_for_a_while(RosterWorld& world, std::size_t host, Duration when) {
    world.at(when, [&world, host] {
        if (!world.up(host))
            return;
        world.crash(host);
        world.at(world.now() + up_to(world, 5s), [&world, host] { world.start(host); });
    });
}

// Until there are three who hold the last roster, and one leads.
Duration time_until_done(RosterWorld& world, Duration most) {
    const Duration end = world.now() + most;
    while (world.now() < end) {
        world.run(500ms);
        if (names(world.roster()) == "abc" && world.all_hold_it() &&
            world.leader() != RosterWorld::kHosts)
            return world.now();
    }
    ADD_FAILURE() << "after " << most / 1s << " s: " << world.account();
    return world.now();
}

void expect_three_that_hold(RosterWorld& world) {
    EXPECT_EQ(world.roster().serial, 2) << "one at a time";
    EXPECT_EQ(world.roster().candidates.front().name.view(), "a");
    EXPECT_FALSE(world.roster().foreseen.has_value());
    for (const std::size_t host : {kA, kB, kC})
        EXPECT_TRUE(world.trust(host).aspirants.empty()) << world.account();
    // Any of them may be lost now.
    const std::size_t lost = world.pick(3);
    world.crash(lost);
    world.run(15s);
    EXPECT_NE(world.leader(), RosterWorld::kHosts) << world.account();
}

TEST(Founding, MakesThreeCandidatesOfOneByTwoInvitations) {
    RosterWorld world(1, 1);
    world.run(5s);
    world.join(kB, world.invite(true));
    world.run(30s);
    EXPECT_EQ(world.roster().serial, 0) << "two candidates are worse than one";
    world.join(kC, world.invite(true));
    const Duration began = world.now();
    const Duration done = time_until_done(world, 60s);
    std::cout << fmt::format("  three candidates {:.1f} s after the second joined\n",
                             as_seconds(done - began));
    expect_three_that_hold(world);
}

TEST(Founding, ComesToItsEndThroughCrashesAndLoss) {
    Duration longest{0};
    std::size_t plays = 0;
    sim::for_each_seed(20, [&](std::uint64_t seed) {
        try {
            RosterWorld world(seed, 1);
            world.run(2s);
            const InvitationId first = world.invite(true);
            const InvitationId second = world.invite(true);
            world.loss = 10 + world.pick(90);
            world.at(world.now() + up_to(world, 10s), [&] { world.join(kB, first); });
            world.at(world.now() + up_to(world, 10s), [&] { world.join(kC, second); });
            crash_for_a_while(world, kA, world.now() + 100ms + up_to(world, 25s));
            crash_for_a_while(world, world.pick(3), world.now() + up_to(world, 30s));
            world.run(40s);
            longest = std::max(longest, time_until_done(world, 180s));
            expect_three_that_hold(world);
        } catch (const std::exception& error) {
            ADD_FAILURE() << "seed " << seed << ": " << error.what();
        }
        ++plays;
    });
    std::cout << fmt::format("  {} plays, the longest {:.0f} s\n", plays, as_seconds(longest));
}

// Whoever is foreseen may be away for long: it becomes a candidate when it is back, and nobody else
// does so in its place.
TEST(Founding, WaitsForWhomItForesaw) {
    RosterWorld world(3, 1);
    world.run(5s);
    world.join(kB, world.invite(true));
    world.join(kC, world.invite(true));
    world.join(kD, world.invite(false));
    for (int i = 0; i < 600 && world.roster().serial == 0; ++i)
        world.run(100ms);
    ASSERT_EQ(world.roster().serial, 1);
    const std::size_t foreseen = world.roster().foreseen->name.view() == "c" ? kC : kB;
    world.crash(foreseen);
    world.run(3min);
    EXPECT_EQ(world.roster().serial, 1) << world.account();
    ASSERT_NE(world.leader(), RosterWorld::kHosts) << world.account();
    NodeBench& master = world.bench(world.leader());
    const auto awaited = master.node().awaited_candidates(master.now());
    ASSERT_EQ(awaited.size(), 1U);
    EXPECT_NE(awaited[0].find("it waits until berkeleyd runs on"), std::string::npos) << awaited[0];
    EXPECT_LE(master.reported(ReportKind::roster_proposed), 2U);
    world.start(foreseen);
    time_until_done(world, 60s);
    EXPECT_EQ(names(world.roster()), "abc");
}

// Who has stolen a member has its key and its certificate, and what it heard on the wire.
class StolenMember : public testing::Test {
  protected:
    StolenMember() : world(4, 1) {
        world.run(5s);
        world.join(kB, world.invite(true));
        world.join(kD, world.invite(false));
        world.run(20s);
        world.crash(kD);
        const TokenCandidate b{NodeName::from("b").value(), "::1", 2, public_key("b")};
        SignedChange change{next_change(world.roster(), kBenchCluster, RosterStep::promote, b,
                                        Foreseen{NodeName::from("d").value(), public_key("d")}),
                            {}};
        change.signatures = {{0, sign(change.change, *node_key("d"), kBenchCluster)}};
        forged = encode(change);
    }

    void say(const Message& message, std::size_t to) {
        const std::string_view name = to == kA ? "a" : "b";
        world.inject(sealed(message, "d", name, 1, 1, {"d", name, kBenchCluster, 1}), kD, to);
    }

    // A part of the forged change.
    RosterPart part(std::uint8_t which, std::uint64_t session, RosterPartOf of) const {
        RosterPart part;
        part.session = session;
        part.of = of;
        part.serial = 1;
        part.part = which;
        part.parts = kParts;
        const std::size_t begin = which * kRosterPartSize;
        part.size = static_cast<std::uint8_t>(std::min(kRosterPartSize, forged.size() - begin));
        std::copy_n(forged.begin() + static_cast<std::ptrdiff_t>(begin), part.size,
                    part.bytes.begin());
        return part;
    }

    // It says that it holds a later roster; whoever asks for that is told the forged one.
    void tell_of_forged() {
        for (const std::size_t to : {kA, kB}) {
            say(Leave{1, 1}, to);
            for (std::uint8_t which = 0; which < kParts; ++which)
                say(part(which, 7, RosterPartOf::proposal), to);
        }
        for (const Datagram& bytes : std::exchange(world.intercepted, {})) {
            const auto envelope = decode(bytes);
            const auto* ask = envelope ? std::get_if<RosterAsk>(&envelope->message) : nullptr;
            if (ask == nullptr)
                continue;
            ++asked;
            say(part(ask->part, ask->session, RosterPartOf::change),
                envelope->header.from == id_of("a") ? kA : kB);
        }
    }

    static constexpr std::uint8_t kParts = 1;
    RosterWorld world;
    std::vector<std::uint8_t> forged;
    std::size_t asked = 0;
};

TEST_F(StolenMember, NeitherForgesNorReplaysThatItIsToBeACandidate) {
    ASSERT_TRUE(world.joined(kB) && world.joined(kD));
    ASSERT_LE(forged.size(), kRosterPartSize);
    for (int round = 0; round < 150; ++round) {
        for (const Datagram& enrol : std::vector<Datagram>(world.enrols))
            world.inject(enrol, kD, kA);
        tell_of_forged();
        world.run(200ms);
    }
    EXPECT_GE(asked, 3U) << "nobody was tried";
    EXPECT_EQ(world.roster().serial, 0) << world.account();
    EXPECT_EQ(world.leader(), kA);
    EXPECT_EQ(world.trust(kA).aspirants, std::vector{NodeName::from("b").value()});
    world.join(kC, world.invite(true));
    time_until_done(world, 60s);
}

}  // namespace
}  // namespace berkeley::test
