// Two daemons with simulated clocks, in one event loop, over loopback.
#include "daemon/app/daemon.hpp"

#include <csignal>

#include <gtest/gtest.h>

#include "daemon/platform/simulated_clock.hpp"
#include "daemon/platform/socket_address.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley {
namespace {

StampedSocket loopback_socket() {
    Endpoint any_port;
    any_port.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    auto socket = StampedSocket::open(any_port);
    EXPECT_TRUE(socket);
    return std::move(*socket);
}

DaemonParts parts_of(const std::string& name, std::uint16_t master_port, StampedSocket socket,
                     Duration offset) {
    DaemonParts parts;
    parts.config.node.name = name;
    parts.config.node.cluster = "test";
    parts.config.node.key = test::node_key(name);
    parts.config.node.candidates = {{"one", test::public_key("one")}};
    if (name != "one")
        parts.config.node.certificate = test::certificate_for(name, "one", "test");
    parts.config.node.expect = 2;
    parts.config.node.clock = ClockMode::simulated;
    parts.config.candidates = {{"one", "127.0.0.1", master_port}};
    parts.sockets.push_back(std::move(socket));
    parts.clock = std::make_unique<SimulatedHostClock>(read_clock_bracket(), offset, 20e-6);
    return parts;
}

TEST(Daemon, TwoFormACluster) {
    boost::asio::io_context context(1);
    Journal journal;
    StampedSocket first = loopback_socket();
    const std::uint16_t port = first.local().port;
    Daemon one(context, parts_of("one", port, std::move(first), 3ms), journal);
    Daemon two(context, parts_of("two", port, loopback_socket(), -1ms), journal);
    one.start();
    two.start();
    for (int i = 0; i < 100 && !(one.status().offset && two.status().offset); ++i)
        context.run_for(std::chrono::milliseconds(100));

    EXPECT_EQ(one.status().role, Role::master);
    EXPECT_EQ(two.status().master, "one");
    EXPECT_EQ(one.members().size(), 2U);
    ASSERT_TRUE(one.status().offset && two.status().offset);
    const Tracking tracking = two.tracking();
    EXPECT_GT(tracking.datagrams_received, 3U);
    EXPECT_GT(tracking.corrections, 0U);
    EXPECT_GT(two.host_raw_ns(), 0);

    // What each believes of its clock fits what the clocks read side by side.
    const SystemTime clock_one = one.tracking().system;
    const std::int64_t at_one = one.host_raw_ns();
    const SystemTime clock_two = two.tracking().system;
    const std::int64_t at_two = two.host_raw_ns();
    const Duration apart = (clock_two - clock_one) - Duration{at_two - at_one};
    const Duration believed = *two.status().offset - *one.status().offset;
    EXPECT_LT(std::chrono::abs(apart - believed), *one.status().bound + *two.status().bound);

    std::raise(SIGTERM);  // both are asked to stop, and the first to do so ends the loop
    context.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(context.stopped());
}

}  // namespace
}  // namespace berkeley
