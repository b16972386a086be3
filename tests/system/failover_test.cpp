// Three candidates and two members: the master is killed, paused, stopped, and time goes on.
#include <csignal>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/node_keys.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/waiting.hpp"

namespace berkeley::test {
namespace {

constexpr double kApart_ns = 2e6;  // on a busy machine

class Failover : public testing::Test {
  protected:
    void SetUp() override {
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{40}));
        ASSERT_EQ(master_of("n2"), "n1");
    }

    std::string master_of(std::string_view node) const {
        return text(cluster[node].status(), "master");
    }

    // Whom all of these follow; empty while they do not agree.
    std::string master_of_all(const std::vector<std::string>& names) const {
        const std::string first = master_of(names.front());
        for (const std::string& name : names) {
            if (master_of(name) != first)
                return {};
        }
        return first;
    }

    // Another than `old`; how long that took.
    double until_another(const std::vector<std::string>& names, const std::string& old) const {
        const Stopwatch watch;
        EXPECT_TRUE(wait_until(Seconds{30}, [this, &names, &old] {
            const std::string now = master_of_all(names);
            return !now.empty() && now != old;
        }));
        return watch.seconds();
    }

    Cluster cluster{{.nodes = {{.name = "n1", .offset_ms = 3},
                               {.name = "n2", .offset_ms = -4},
                               {.name = "n3", .offset_ms = 5},
                               {.name = "n4", .offset_ms = -2},
                               {.name = "n5", .offset_ms = 1}},
                     .step_threshold = kStepAtOnce,
                     .candidates = 3}};
    const std::vector<std::string> others{"n2", "n3", "n4", "n5"};
};

TEST_F(Failover, OfAKilledMaster) {
    const std::int64_t term = number(cluster["n4"].status(), "term");
    cluster["n1"].kill();
    const double took_s = until_another(others, "n1");
    std::cout << fmt::format("  all follow another after {:.1f} s\n", took_s);
    for (const std::string& name : others) {
        EXPECT_TRUE(cluster[name].synchronized(Seconds{20})) << name;
        EXPECT_GT(number(cluster[name].status(), "term"), term);
        EXPECT_EQ(number(cluster[name].status(), "epoch"), 1);
    }
    EXPECT_LT(static_cast<double>(
                  spread_ns({&cluster["n2"], &cluster["n3"], &cluster["n4"], &cluster["n5"]})),
              kApart_ns);
    cluster["n1"].start();
    EXPECT_TRUE(wait_until(Seconds{20}, [this] { return master_of("n1") == master_of("n4"); }))
        << "it follows, and does not take over";
}

TEST_F(Failover, OfAPausedMasterThatComesBack) {
    cluster["n1"].signal(SIGSTOP);
    until_another(others, "n1");
    const std::string next = master_of("n4");
    wait_until(Seconds{12}, [] { return false; });
    cluster["n1"].signal(SIGCONT);
    EXPECT_TRUE(wait_until(Seconds{10}, [this, &next] { return master_of("n1") == next; }))
        << text(cluster["n1"].status(), "reason");
    EXPECT_EQ(master_of_all(others), next);
    EXPECT_NE(cluster["n1"].log().find("this node leads no more"), std::string::npos);
    EXPECT_TRUE(cluster.synchronized(Seconds{20}));
    EXPECT_LT(static_cast<double>(spread_ns(cluster)), kApart_ns);
}

TEST_F(Failover, OfAMasterThatIsStoppedOrHandsOver) {
    const Outcome no_candidate = cluster["n1"].ctl({"handover", "n4"});
    EXPECT_EQ(no_candidate.code, 1);
    EXPECT_NE(no_candidate.err.find("n4 is no candidate"), std::string::npos) << no_candidate.err;
    const Outcome no_master = cluster["n2"].ctl({"handover"});
    EXPECT_NE(no_master.err.find("this node is not the master: ask on n1"), std::string::npos)
        << no_master.err;
    const Outcome outcome = cluster["n1"].ctl({"handover", "n3"});
    EXPECT_EQ(outcome.out, "n3 is to lead from now on\n") << outcome.err;
    std::vector<std::string> all = others;
    all.emplace_back("n1");
    const double handed_s = until_another(all, "n1");
    EXPECT_EQ(master_of("n4"), "n3");
    EXPECT_EQ(cluster["n3"].stop(), 0);
    const double stopped_s = until_another({"n1", "n2", "n4", "n5"}, "n3");
    std::cout << fmt::format(
        "  all follow another {:.2f} s after a handover, {:.2f} s after a "
        "stop\n",
        handed_s, stopped_s);
    EXPECT_LT(handed_s, 2.5);
    EXPECT_LT(stopped_s, 2.5);
}

// n2 is not the master, and n3 hears of it when it is back.
TEST_F(Failover, WhoIsRevokedOnOneCandidateIsOutUnderEveryMaster) {
    EXPECT_EQ(cluster["n3"].stop(), 0);
    const Outcome revoked = cluster["n2"].ctl({"revoke", to_text(public_key("n5"))});
    EXPECT_EQ(revoked.code, 0) << revoked.err;
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return cluster["n5"].ctl({"status"}).out.find("revoked") != std::string::npos;
    })) << cluster["n5"].log();
    cluster["n3"].start();
    EXPECT_TRUE(wait_until(Seconds{5}, [this] {
        return cluster["n3"].ctl({"enrolled"}).out.find("revoked") != std::string::npos;
    }));
    EXPECT_TRUE(cluster["n3"].synchronized(Seconds{20}));
    EXPECT_EQ(cluster["n1"].ctl({"handover", "n3"}).code, 0);
    EXPECT_TRUE(wait_until(Seconds{10}, [this] { return master_of("n4") == "n3"; }));
    EXPECT_FALSE(
        wait_until(Seconds{5}, [this] { return cluster["n5"].state() == "synchronized"; }));
    EXPECT_NE(cluster["n3"].ctl({"enrolled"}).out.find("revoked"), std::string::npos);
    EXPECT_EQ(cluster["n4"].state(), "synchronized");
}

TEST_F(Failover, WithoutAMajorityAllHoldOverAndSayWhy) {
    cluster["n1"].kill();
    cluster["n3"].kill();
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return cluster["n4"].state() == "holdover" && cluster["n2"].state() == "holdover";
    }));
    EXPECT_TRUE(wait_until(Seconds{10}, [this] {
        return text(cluster["n4"].status(), "reason").find("not reached: n1, n3") !=
               std::string::npos;
    })) << text(cluster["n4"].status(), "reason");
    EXPECT_EQ(text(cluster["n2"].status(), "role"), "member");
    cluster["n3"].start();
    EXPECT_FALSE(master_of("n4") == "n1");
    until_another({"n2", "n3", "n4", "n5"}, "n1");
}

}  // namespace
}  // namespace berkeley::test
