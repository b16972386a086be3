// Clients of the control socket that mean no good, run by another user, while a cluster keeps time:
// what they cost the daemon in memory, the clock in work, and an operator in waiting.
#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

// 64 clients with 64 KiB of a message each, in buffers that grow by doubling, and its answers.
constexpr std::int64_t kMostGrowthKb = 16 * 1024;
constexpr std::int64_t kMillisecond = 1'000'000;

struct Cost {
    std::string what;
    double seconds = 0;
    std::int64_t growth_kb = 0;      // of resident memory, at its highest
    std::int64_t rounds_missed = 0;  // of the master's, one a second
    std::int64_t spread_ns = 0;      // of the clocks, at its highest
    double answer_s = 0;             // an operator's `berkeleyctl status`, at its slowest
    int refused = 0;                 // such calls that failed
};

class HostileClients : public testing::Test {
  protected:
    void SetUp() override {
        BERKELEYD_REQUIRE(run({"/usr/bin/python3", "--version"}).code == 0,
                          "needs /usr/bin/python3");
        ASSERT_EQ(chmod(cluster.folder().path().c_str(), 0755), 0);
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    }

    // As another user, if we may: then an operator's place is never the one given away.
    Arguments command(const std::string& kind, double seconds) const {
        Arguments words;
        if (is_root())
            words = {"setpriv", "--reuid", "60001", "--regid", "60001", "--clear-groups"};
        words.insert(words.end(), {"/usr/bin/python3", BERKELEYD_HOSTILE_CLIENT,
                                   master.socket().string(), kind, fmt::format("{}", seconds)});
        return words;
    }

    void look(Cost& cost) const {
        const Stopwatch watch;
        cost.refused += master.ctl({"status"}).code == 0 ? 0 : 1;
        cost.answer_s = std::max(cost.answer_s, watch.seconds());
        cost.spread_ns = std::max(cost.spread_ns, spread_ns(cluster));
    }

    Cost suffer(const std::string& kind, double seconds) const {
        Cost cost;
        look(cost);
        const std::int64_t memory = proc_status(master.pid(), "VmRSS");
        const std::int64_t rounds = number(master.tracking(), "corrections");
        const Stopwatch watch;
        Process hostile(command(kind, seconds));
        while (hostile.running() && watch.seconds() < 100) {
            look(cost);
            std::this_thread::sleep_for(Seconds{0.1});
        }
        cost.seconds = watch.seconds();
        cost.rounds_missed = static_cast<std::int64_t>(cost.seconds) -
                             (number(master.tracking(), "corrections") - rounds);
        cost.growth_kb = proc_status(master.pid(), "VmHWM") - memory;
        cost.what = hostile.out() + hostile.err();
        while (!cost.what.empty() && cost.what.back() == '\n')
            cost.what.pop_back();
        EXPECT_EQ(hostile.wait(Seconds{1}), std::optional(0)) << cost.what;
        std::cout << fmt::format(
            "{}: {} in {:.1f} s; memory +{} kB, {} rounds missed, clocks within {:.1f} us, "
            "slowest status {:.0f} ms\n",
            kind, cost.what, cost.seconds, cost.growth_kb,
            std::max<std::int64_t>(cost.rounds_missed, 0),
            static_cast<double>(cost.spread_ns) / 1e3, cost.answer_s * 1e3);
        return cost;
    }

    void expect_little(const Cost& cost) const {
        if (kMemoryTellsSomething) {
            EXPECT_LT(cost.growth_kb, kMostGrowthKb);
        }
        EXPECT_LE(cost.rounds_missed, 1);  // the one that is just about to come
        EXPECT_LT(cost.spread_ns, kMillisecond);
        EXPECT_LT(cost.answer_s, 2);
        if (is_root()) {
            EXPECT_EQ(cost.refused, 0);
        }
        for (const auto& node : cluster.nodes()) {
            EXPECT_EQ(node->state(), "synchronized") << node->name();
            EXPECT_EQ(number(node->tracking(), "foreign_sets"), 0);
            EXPECT_EQ(number(node->tracking(), "steps"), 0) << node->name();
        }
    }

    Cluster cluster{{.nodes = {{.name = "n1", .drift_ppm = 25},
                               {.name = "n2", .drift_ppm = -40},
                               {.name = "n3", .drift_ppm = 60}}}};
    NodeProcess& master = cluster["n1"];
};

TEST_F(HostileClients, GarbageCostsTheClockNothing) {
    expect_little(suffer("garbage", 6));
}

TEST_F(HostileClients, HalfAMessageAndSilenceCostTheClockNothing) {
    expect_little(suffer("half", 6));
}

TEST_F(HostileClients, AHundredMegabytesAreNotTaken) {
    const Cost cost = suffer("huge", 4);
    expect_little(cost);
    if (kMemoryTellsSomething) {
        EXPECT_LT(cost.growth_kb, 2048);
    }
}

TEST_F(HostileClients, TenThousandConnectionsCostTheClockNothing) {
    const Cost cost = suffer("many", 4);
    expect_little(cost);
    EXPECT_NE(cost.what.find("10000 connections"), std::string::npos);
    const std::filesystem::path numbers = fmt::format("/proc/{}/fd", master.pid());
    EXPECT_LT(std::distance(std::filesystem::directory_iterator(numbers), {}), 100);
}

TEST_F(HostileClients, WhoNeverReadsCostsTheClockNothing) {
    const Cost cost = suffer("deaf", 22);  // longer than an answer may take to be read
    expect_little(cost);
    EXPECT_NE(cost.what.find("0 clients of 60"), std::string::npos) << "they keep their places";
}

TEST_F(HostileClients, WhoCallsWithoutEndCostsTheClockNothing) {
    expect_little(suffer("hasty", 8));
}

}  // namespace
}  // namespace berkeley::test
