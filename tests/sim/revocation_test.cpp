// What one candidate has revoked, all candidates have: also those that were down, over a bad
// network, and without a word from anybody else.
#include <algorithm>

#include "tests/sim/scenario.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::sim {
namespace {

constexpr double kSettled_s = 60;

WorldShape three_candidates(std::uint64_t seed) {
    WorldShape shape = five_hosts(seed);
    shape.candidates = 3;
    return shape;
}

bool has_revoked(World& world, std::size_t host, std::size_t whom) {
    return world.node(host).registry()->content().revocations.contains(
        test::public_key(World::name_of(whom)));
}

std::uint64_t refused_words(World& world, std::size_t host) {
    const DropCounters dropped = world.node(host).tracking(world.moment(host)).dropped;
    return dropped.malformed + dropped.replayed;
}

TEST(Revocation, made_by_any_candidate_puts_a_member_out) {
    Scenario scenario(three_candidates(1));
    scenario.run_to(kSettled_s);
    ASSERT_EQ(scenario.status(0).members, 5U);
    scenario.world.revoke(2, 4);
    scenario.run_to(kSettled_s + 2);
    EXPECT_EQ(scenario.status(0).members, 4U);
    EXPECT_TRUE(has_revoked(scenario.world, 1, 4));
    scenario.run_to(kSettled_s + 10);
    EXPECT_NE(scenario.status(4).reason.find("key was revoked"), std::string::npos)
        << scenario.status(4).reason;
    EXPECT_EQ(scenario.status(3).state, NodeState::synchronized);
}

TEST(Revocation, reaches_a_candidate_that_was_down) {
    Scenario scenario(three_candidates(2));
    scenario.run_to(kSettled_s);
    scenario.world.kill(1);
    scenario.world.revoke(2, 4);
    scenario.world.revoke(2, 3);
    scenario.run_to(kSettled_s + 200);
    scenario.world.start(1);
    scenario.run_to(kSettled_s + 210);
    EXPECT_TRUE(has_revoked(scenario.world, 1, 4));
    EXPECT_TRUE(has_revoked(scenario.world, 1, 3));
    scenario.world.kill(1);  // and it is on its disk
    scenario.world.start(1);
    EXPECT_TRUE(has_revoked(scenario.world, 1, 4));
}

// At first it reaches nobody: its network is up later than itself.
TEST(Revocation, reaches_a_candidate_whose_first_words_are_lost) {
    Scenario scenario(three_candidates(5));
    scenario.run_to(kSettled_s);
    scenario.world.kill(1);
    scenario.world.revoke(2, 4);
    scenario.run_to(kSettled_s + 200);
    scenario.world.on_path = [](std::size_t from, std::size_t, const Datagram&,
                                std::vector<Duration>& copies) {
        if (from == 1)
            copies.clear();
    };
    scenario.world.start(1);
    scenario.run_to(kSettled_s + 202);
    scenario.world.on_path = nullptr;
    scenario.run_to(kSettled_s + 208);
    EXPECT_TRUE(has_revoked(scenario.world, 1, 4));
}

TEST(Revocation, of_each_by_another_reaches_all_over_a_network_that_loses_half) {
    for (std::uint64_t seed = 10; seed < 15; ++seed) {
        WorldShape shape = three_candidates(seed);
        shape.path.loss = 0.5;
        Scenario scenario(shape);
        scenario.run_to(kSettled_s);
        scenario.world.revoke(0, 3);
        scenario.world.revoke(1, 4);
        scenario.run_to(kSettled_s + 200);
        for (const std::size_t host : {0U, 1U, 2U}) {
            EXPECT_TRUE(has_revoked(scenario.world, host, 3)) << host;
            EXPECT_TRUE(has_revoked(scenario.world, host, 4)) << host;
        }
    }
}

// What has been said before, again and again: it is genuine, and must not keep out what is new.
TEST(Revocation, is_not_held_up_by_a_replay_of_earlier_words) {
    Scenario scenario(three_candidates(7));
    std::vector<Datagram> earlier;
    scenario.world.tap = [&earlier](std::size_t from, std::size_t to, const Datagram& bytes) {
        if (from == 2 && to == 1 && std::holds_alternative<RevocationNews>(decode(bytes)->message))
            earlier.push_back(bytes);
    };
    scenario.run_to(kSettled_s);
    scenario.world.tap = nullptr;
    ASSERT_FALSE(earlier.empty());
    scenario.world.on_path = [](std::size_t from, std::size_t to, const Datagram&,
                                std::vector<Duration>& copies) {
        if (from == 0 && to == 1)  // else it would hear of it there
            copies.clear();
    };
    for (int i = 0; i < 300; ++i) {
        const Duration at = seconds(kSettled_s) + i * Duration{100ms};
        scenario.world.at(TrueTime{at.count()}, [&scenario, &earlier] {
            scenario.world.inject(1, World::endpoint_of(2),
                                  {earlier.front().begin(), earlier.front().end()});
        });
    }
    scenario.run_to(kSettled_s + 5);
    scenario.world.revoke(2, 4);
    scenario.run_to(kSettled_s + 25);
    EXPECT_TRUE(has_revoked(scenario.world, 1, 4));
}

TEST(Revocation, is_seldom_spoken_of_when_all_know) {
    Scenario scenario(three_candidates(3));
    scenario.run_to(kSettled_s);
    scenario.world.revoke(0, 4);
    scenario.run_to(kSettled_s + 100);
    std::size_t words = 0;
    scenario.world.tap = [&words](std::size_t, std::size_t, const Datagram& bytes) {
        words += std::holds_alternative<RevocationNews>(decode(bytes)->message) ? 1U : 0U;
    };
    scenario.run_to(kSettled_s + 100 + 640);
    EXPECT_GE(words, 6U * 9U);  // each to each other, every 64 s
    EXPECT_LE(words, 6U * 11U);
}

// As one is whose issuer is distrusted by now: what it has can be told to nobody.
TEST(Revocation, that_cannot_be_told_is_seldom_spoken_of_either) {
    Scenario scenario(three_candidates(6));
    scenario.run_to(kSettled_s);
    scenario.world.corrupt = [](std::size_t, std::size_t, Envelope& envelope) {
        auto* news = std::get_if<RevocationNews>(&envelope.message);
        if (news == nullptr || !news->revocation)
            return false;
        news->revocation.reset();
        return true;
    };
    scenario.world.revoke(0, 4);
    scenario.run_to(kSettled_s + 100);
    EXPECT_FALSE(has_revoked(scenario.world, 1, 4));
    std::size_t words = 0;
    scenario.world.tap = [&words](std::size_t, std::size_t, const Datagram& bytes) {
        words += std::holds_alternative<RevocationNews>(decode(bytes)->message) ? 1U : 0U;
    };
    scenario.run_to(kSettled_s + 100 + 640);
    EXPECT_LE(words, 6U * 11U);
    scenario.world.corrupt = nullptr;
    scenario.run_to(kSettled_s + 100 + 640 + 140);
    EXPECT_TRUE(has_revoked(scenario.world, 1, 4)) << "but not given up";
}

// A member that has the keys of host 4; a candidate that cannot prove what it says.
TEST(Revocation, without_a_candidates_word_is_none) {
    Scenario scenario(three_candidates(4));
    scenario.run_to(kSettled_s);
    const std::string thief = World::name_of(4);
    const std::string victim = World::name_of(3);
    const PublicKey victims_key = test::public_key(victim);
    const NodeName victims_name = *NodeName::from(victim);
    const auto say = [&scenario](const RevocationNews& news, std::size_t from) {
        scenario.run_to(as_seconds(Duration{scenario.world.now().ns}) + 1);
        const std::string as = World::name_of(from);
        const Datagram bytes =
            test::sealed(news, as, World::name_of(0), 1, 1, {as, World::name_of(0), "sim"});
        scenario.world.inject(0, World::endpoint_of(from), {bytes.begin(), bytes.end()});
    };
    const auto by = [&](const std::string& signer, const std::string& cluster,
                        const PublicKey& key) {
        return RevocationNews{1, revoke(*test::node_key(signer), cluster, victims_name, key)};
    };
    const std::uint64_t before = refused_words(scenario.world, 0);
    say(by(World::name_of(1), "sim", victims_key), 4);    // a member's seal
    say(by(thief, "sim", victims_key), 1);                // a member's signature
    say(by(World::name_of(1), "other", victims_key), 1);  // of another cluster
    say(by(World::name_of(1), "sim", test::public_key(World::name_of(2))), 1);  // a candidate's key
    scenario.run_to(kSettled_s + 30);
    EXPECT_EQ(scenario.world.node(0).registry()->content().revocations.size(), 0U);
    EXPECT_EQ(refused_words(scenario.world, 0) - before, 4U);
    EXPECT_EQ(scenario.status(0).members, 5U);
    say(by(World::name_of(1), "sim", victims_key), 1);
    scenario.run_to(kSettled_s + 40);
    EXPECT_TRUE(has_revoked(scenario.world, 0, 3)) << "the good one must not be refused, too";

    const std::uint64_t before_the_flood = refused_words(scenario.world, 0);
    const RevocationNews forged = by(thief, "sim", test::public_key(thief));
    const std::string as = World::name_of(1);
    const Datagram bytes =
        test::sealed(forged, as, World::name_of(0), 1, 1, {as, World::name_of(0), "sim"});
    for (int i = 0; i < 1000; ++i)
        scenario.world.inject(0, World::endpoint_of(1), {bytes.begin(), bytes.end()});
    scenario.run_to(kSettled_s + 41);
    EXPECT_EQ(refused_words(scenario.world, 0) - before_the_flood, 1U) << "checks cost";
}

}  // namespace
}  // namespace berkeley::sim
