// Datagrams that were genuine once, sent again by somebody who overheard them.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"
#include "tests/system/support/wire.hpp"

namespace berkeley::test {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

std::int64_t replayed(const NodeProcess& node) {
    return node.tracking().at("dropped").at("replayed").to_number<std::int64_t>();
}

bool counts(const NodeProcess& node, std::int64_t more_than_before, std::int64_t before) {
    return wait_until(
        Seconds{10},
        [&node, before, more_than_before] { return replayed(node) >= before + more_than_before; },
        Seconds{0.002});
}

// n2 speaks to its master through a relay, which hears everything.
class Replay : public testing::Test {
  protected:
    Replay() {
        cluster["n1"].start();
        cluster["n3"].start();
        cluster["n2"].start();
    }

    void SetUp() override {
        ASSERT_TRUE(cluster.synchronized(Seconds{30}));
        ASSERT_TRUE(wait_until(Seconds{20}, [this] { return relay.said_by_member().size() > 20; }));
    }

    void expect_undisturbed() const {
        EXPECT_TRUE(cluster.synchronized(Seconds{0.5}));
        EXPECT_LT(spread_ns(cluster), kMillisecond);
        EXPECT_EQ(number(cluster["n2"].status(), "term"), 1);
        EXPECT_EQ(number(cluster["n1"].status(), "members_total"), 3);
        EXPECT_TRUE(is_there(cluster["n1"]));
    }

    // Measured, or counting already.
    static bool is_there(const NodeProcess& master) {
        const std::string state = text(master.member("n2"), "state");
        return state == "joining" || state == "trusted";
    }

    static std::string relay_address(const Relay& relay) {
        return "127.0.0.1:" + std::to_string(relay.port());
    }

    std::uint16_t master_port = free_port();
    Relay relay{master_port};
    Cluster cluster{
        {.nodes = {
             {.name = "n1", .offset_ms = 0.1, .drift_ppm = 30, .port = master_port},
             {.name = "n2", .offset_ms = -0.2, .drift_ppm = -20, .candidate = relay_address(relay)},
             {.name = "n3", .offset_ms = 0.2, .drift_ppm = 5}}}};
};

TEST_F(Replay, WhatAMemberSaidIsNotTakenTwice) {
    std::vector<Bytes> said = relay.said_by_member();
    std::erase_if(said, is_join);
    const std::int64_t before = replayed(cluster["n1"]);
    std::int64_t sent = 0;
    for (int round = 0; round < 5; ++round) {
        for (const Bytes& datagram : said) {
            relay.to_master(datagram);
            if (++sent % 32 == 0) {
                ASSERT_TRUE(counts(cluster["n1"], sent, before));
            }
        }
    }
    EXPECT_TRUE(counts(cluster["n1"], sent, before));
    EXPECT_EQ(replayed(cluster["n1"]), before + sent);
    expect_undisturbed();
}

TEST_F(Replay, WhatTheMasterSaidIsNotTakenTwice) {
    const std::vector<Bytes> said = relay.said_by_master();
    const std::int64_t corrections = number(cluster["n2"].tracking(), "corrections");
    const std::int64_t before = replayed(cluster["n2"]);
    std::int64_t sent = 0;
    for (int round = 0; round < 5; ++round) {
        for (const Bytes& datagram : said) {
            relay.to_member(datagram);
            if (++sent % 32 == 0) {
                ASSERT_TRUE(counts(cluster["n2"], sent, before));
            }
        }
    }
    EXPECT_TRUE(counts(cluster["n2"], sent, before));
    EXPECT_EQ(replayed(cluster["n2"]), before + sent);
    // Those of the real polls meanwhile, and no more.
    EXPECT_LT(number(cluster["n2"].tracking(), "corrections") - corrections, sent / 2);
    expect_undisturbed();
}

// What one side said is of no use against itself.
TEST_F(Replay, ReflectionsAreNobodysWords) {
    const std::vector<Bytes> by_master = relay.said_by_master();
    const std::vector<Bytes> by_member = relay.said_by_member();
    for (std::size_t i = 0; i < 20; ++i) {
        relay.to_master(by_master[i]);
        relay.to_member(by_member[i]);
    }
    for (const char* name : {"n1", "n2"}) {
        const NodeProcess& node = cluster[name];
        EXPECT_TRUE(wait_until(Seconds{10}, [&node] {
            return node.tracking().at("dropped").at("unknown_sender") == 20;
        })) << name;
    }
    expect_undisturbed();
}

// The joins and the goodbye of a member that has since come back.
TEST_F(Replay, OldJoinsAndGoodbyesChangeNothing) {
    ASSERT_EQ(cluster["n2"].stop(), 0);
    ASSERT_TRUE(wait_until(Seconds{10},
                           [this] { return text(cluster["n1"].member("n2"), "state") == "left"; }));
    const std::vector<Bytes> earlier = relay.said_by_member();
    cluster["n2"].start();
    ASSERT_TRUE(cluster["n2"].synchronized(Seconds{20}));
    ASSERT_TRUE(is_there(cluster["n1"]));
    ASSERT_EQ(std::ranges::count_if(earlier, is_leave), 1);
    const auto joins = std::ranges::count_if(earlier, is_join);
    ASSERT_GE(joins, 1);

    const std::int64_t before = replayed(cluster["n1"]);
    const std::int64_t member_before = replayed(cluster["n2"]);
    for (const Bytes& datagram : earlier) {
        if (is_leave(datagram) || is_join(datagram))
            relay.to_master(datagram);
    }
    EXPECT_TRUE(counts(cluster["n1"], 1, before));         // the goodbye
    EXPECT_TRUE(counts(cluster["n2"], 1, member_before));  // an answer that nobody asked for
    std::this_thread::sleep_for(Seconds{1.5});
    EXPECT_LE(replayed(cluster["n2"]), member_before + joins);
    expect_undisturbed();
}

}  // namespace
}  // namespace berkeley::test
