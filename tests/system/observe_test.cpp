// A node that watches this machine's real clock, and could not touch it if it wanted to.
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr const char* kNoCapabilities = "0000000000000000";

TEST(Observe, MeasuresTheRealClockAndChangesNothing) {
    Cluster cluster({.nodes = {{.name = "n1", .offset_ms = 40},
                               {.name = "n2", .offset_ms = 40.3},
                               {.name = "n3", .offset_ms = 39.7},
                               {.name = "watcher", .clock = "observe"}}});
    cluster.start();
    for (const char* name : {"n1", "n2", "n3"})
        ASSERT_TRUE(cluster[name].synchronized(Seconds{20}));
    const NodeProcess& watcher = cluster["watcher"];
    // The others agree on 40 ms ahead of this machine.
    ASSERT_TRUE(wait_until(Seconds{10},
                           [&watcher] { return !watcher.status().at("offset_ns").is_null(); }));
    EXPECT_NEAR(static_cast<double>(number(watcher.status(), "offset_ns")), -40e6, 2e6);
    EXPECT_EQ(text(watcher.status(), "clock"), "observe");
    const std::string screen = watcher.ctl({"status"}).out;
    EXPECT_NE(screen.find("this machine's clock, observed, not steered"), std::string::npos);
    EXPECT_NE(screen.find("observing: the clock is measured and not steered"), std::string::npos);
    EXPECT_EQ(number(watcher.tracking(), "steps"), 0);

    EXPECT_TRUE(wait_until(Seconds{5}, [&cluster] {
        return text(cluster["n1"].member("watcher"), "reason") == "it only observes";
    }));
    EXPECT_FALSE(cluster["n1"].member("watcher").at("counted").as_bool());
    EXPECT_EQ(number(cluster["n1"].status(), "members_counted"), 3);
    EXPECT_LT(std::abs(reading_of(watcher).over_raw() - reading_of_machine().over_raw()),
              kMillisecond);
}

TEST(Observe, NeitherItNorOneWithASimulatedClockKeepsAnyPrivilege) {
    Cluster cluster({.nodes = {{.name = "n1"}, {.name = "watcher", .clock = "observe"}}});
    cluster.start();
    for (const auto& node : cluster.nodes()) {
        for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"})
            EXPECT_EQ(proc_status_text(node->pid(), set), kNoCapabilities) << node->name() << set;
        EXPECT_EQ(proc_status(node->pid(), "NoNewPrivs"), 1) << node->name();
    }
}

}  // namespace
}  // namespace berkeley::test
