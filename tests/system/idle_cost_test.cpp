// What a daemon costs that has nothing to do but keep its clock. Printed; limited only loosely.
#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

struct Cost {
    std::int64_t cpu_ns = 0;
    std::int64_t wakeups = 0;
    std::int64_t datagrams = 0;
};

Cost cost_of(const NodeProcess& node) {
    Cost cost;
    std::ifstream(fmt::format("/proc/{}/schedstat", node.pid())) >> cost.cpu_ns;
    cost.wakeups = proc_status(node.pid(), "voluntary_ctxt_switches");
    const boost::json::object tracking = node.tracking();
    cost.datagrams = number(tracking, "datagrams_sent") + number(tracking, "datagrams_received");
    return cost;
}

TEST(IdleCost, OfAMasterAndAMember) {
    Cluster cluster({.nodes = {{.name = "n1", .offset_ms = 0.1, .drift_ppm = 10},
                               {.name = "n2", .offset_ms = -0.1, .drift_ppm = -10},
                               {.name = "n3", .offset_ms = 0.2, .drift_ppm = 20}}});
    cluster.start();
    ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    std::this_thread::sleep_for(Seconds{8});  // until polls come once a second
    std::vector<Cost> before;
    for (const auto& node : cluster.nodes())
        before.push_back(cost_of(*node));
    std::this_thread::sleep_for(Seconds{10});
    for (std::size_t i = 0; i < before.size(); ++i) {
        const NodeProcess& node = *cluster.nodes()[i];
        const Cost after = cost_of(node);
        const std::int64_t resident = proc_status(node.pid(), "VmRSS");
        std::cout << fmt::format(
            "  {} over 10 s: {} kB resident, {:.2f} ms CPU, {} wake-ups, {} datagrams\n",
            text(node.status(), "role"), resident,
            static_cast<double>(after.cpu_ns - before[i].cpu_ns) / 1e6,
            after.wakeups - before[i].wakeups, after.datagrams - before[i].datagrams);
        if (kMemoryTellsSomething) {
            EXPECT_LT(resident, 20'000);
            EXPECT_LT(after.cpu_ns - before[i].cpu_ns, 1'000'000'000);  // a tenth of a core
        }
    }
}

}  // namespace
}  // namespace berkeley::test
