// On loopback the kernel stamps what goes out and what comes in.
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

void expect_kernel_stamps(const std::string& host) {
    Cluster cluster({.nodes = {{.name = "n1", .offset_ms = 3},
                               {.name = "n2", .offset_ms = -2},
                               {.name = "n3", .offset_ms = 1}},
                     .host = host,
                     .step_threshold = kStepAtOnce});
    cluster.start();
    ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    for (const auto& node : cluster.nodes()) {
        const auto all = [&node] {
            const boost::json::object tracking = node->tracking();
            return number(tracking, "datagrams_sent") + number(tracking, "datagrams_received");
        };
        ASSERT_TRUE(wait_until(Seconds{20}, [&all] { return all() >= 45; }, Seconds{0.2}));
        const boost::json::object tracking = node->tracking();
        const std::int64_t stamped = number(tracking, "kernel_stamps");
        const std::int64_t by_program = number(tracking, "program_stamps");
        EXPECT_GE(stamped, (stamped + by_program) * 9 / 10) << tracking;
        EXPECT_LE(stamped,
                  number(tracking, "datagrams_sent") + number(tracking, "datagrams_received"))
            << tracking;
    }
    // Measured by the kernel's stamps, the way takes microseconds, not the daemons' wake-ups.
    EXPECT_LT(number(cluster["n1"].member("n2"), "delay_ns"), 20'000);
}

TEST(Stamps, AreTheKernelsBothWays) {
    expect_kernel_stamps("127.0.0.1");
}

TEST(Stamps, AlsoOverIpv6) {
    expect_kernel_stamps("[::1]");
}

}  // namespace
}  // namespace berkeley::test
