// Three machines, each a network namespace, on a bridge: cables are pulled, addresses change.
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/network.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

// A member that was silent counts again once its rate is known to 0.1 ppm: in seconds on a quiet
// machine, in minutes where the processes of all nodes wait for two busy cores.
constexpr Seconds kRateProved{180};

class Namespaces : public testing::Test {
  protected:
    // Each listens on all its addresses, at the usual port: it is alone on its machine.
    void SetUp() override {
        const std::string missing = why_no_network();
        BERKELEYD_REQUIRE(missing.empty(), missing);
        network = std::make_unique<Network>(3);
        const std::string leader = Network::address(1);
        cluster = std::make_unique<Cluster>(ClusterShape{
            .nodes = {{.name = "n1", .offset_ms = 0.1, .drift_ppm = 20, .candidate = leader},
                      {.name = "n2", .offset_ms = -0.2, .drift_ppm = -30, .candidate = leader},
                      {.name = "n3", .offset_ms = 0.2, .drift_ppm = 5, .candidate = leader}},
            .listen = "[::]"});
        for (int i = 1; i <= 3; ++i)
            node(i).start({}, network->machine(i).wrapper());
        ASSERT_TRUE(cluster->synchronized(Seconds{30}));
    }

    NodeProcess& node(int number) const { return (*cluster)["n" + std::to_string(number)]; }
    boost::json::object seen_by_master(int number) const {
        return node(1).member("n" + std::to_string(number));
    }
    bool master_sees(int number, const std::string& state, Seconds within) const {
        return wait_until(within, [this, number, &state] {
            return text(seen_by_master(number), "state") == state;
        });
    }

    void expect_all_well() const {
        EXPECT_TRUE(cluster->synchronized(Seconds{20}));
        EXPECT_LT(spread_ns(*cluster), kMillisecond);
        for (const auto& each : cluster->nodes())
            EXPECT_EQ(number(each->tracking(), "steps"), 0) << each->name();
    }

    std::unique_ptr<Network> network;
    std::unique_ptr<Cluster> cluster;
};

TEST_F(Namespaces, APulledCableIsNoticedAtBothEndsAndHealed) {
    expect_all_well();
    EXPECT_EQ(text(seen_by_master(3), "address"), "10.99.0.3:10525");
    network->plug(3, false);
    ASSERT_TRUE(master_sees(3, "silent", Seconds{15}));
    EXPECT_NE(text(seen_by_master(3), "reason").find("no answer for"), std::string::npos);
    EXPECT_TRUE(wait_until(Seconds{10}, [this] { return node(3).state() == "holdover"; }));
    EXPECT_NE(node(3).ctl({"status"}).out.find("no answer from n1"), std::string::npos);
    EXPECT_EQ(node(1).state(), "synchronized");
    EXPECT_EQ(node(2).state(), "synchronized");

    network->plug(3, true);
    EXPECT_TRUE(wait_until(Seconds{20}, [this] { return node(3).state() == "synchronized"; }));
    EXPECT_TRUE(master_sees(3, "trusted", kRateProved));
    EXPECT_EQ(text(seen_by_master(3), "reason"), "");
    expect_all_well();
}

TEST_F(Namespaces, AMemberIsFollowedToItsNewAddress) {
    const Namespace& machine = network->machine(2);
    machine.ip({"address", "add", "10.99.0.22/24", "dev", "eth0"});
    machine.ip({"address", "del", "10.99.0.2/24", "dev", "eth0"});  // and with it the second
    machine.ip({"address", "replace", "10.99.0.22/24", "dev", "eth0"});
    EXPECT_TRUE(wait_until(
        Seconds{20}, [this] { return text(seen_by_master(2), "address") == "10.99.0.22:10525"; }));
    EXPECT_TRUE(master_sees(2, "trusted", kRateProved));
    EXPECT_TRUE(wait_until(Seconds{10}, [this] { return node(2).state() == "synchronized"; }));
    expect_all_well();
}

TEST_F(Namespaces, TheMastersCableIsPulledAndAllHoldOver) {
    network->plug(1, false);
    for (int i = 2; i <= 3; ++i) {
        EXPECT_TRUE(wait_until(Seconds{15}, [this, i] { return node(i).state() == "holdover"; }));
        EXPECT_TRUE(master_sees(i, "silent", Seconds{15}));
    }
    EXPECT_LT(spread_ns({&node(2), &node(3)}), kMillisecond);
    network->plug(1, true);
    for (int i = 2; i <= 3; ++i)
        EXPECT_TRUE(
            wait_until(Seconds{20}, [this, i] { return node(i).state() == "synchronized"; }));
    expect_all_well();
    EXPECT_EQ(number(node(1).status(), "term"), 1);
}

}  // namespace
}  // namespace berkeley::test
