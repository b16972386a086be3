// What is dropped has the node do nothing at all: not even set its timer.
#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

constexpr RawTime kStart{100'000'000'000};
constexpr SystemTime kSystemStart = test::kBenchStart;

class Flood : public testing::TestWithParam<std::string> {
  protected:
    Flood() : node(test::bench_settings(GetParam())), kernel(kStart, kSystemStart) {
        Started started;
        started.now = now;
        started.kernel = kernel.read(kStart);
        started.entropy.fill(0x17);
        node.handle(started);
    }

    Actions receive(const Datagram& bytes) {
        return node.handle(
            DatagramReceived{now, {now.raw, 0ns, StampSource::kernel}, test::endpoint(4), bytes});
    }

    Node node;
    KernelModel kernel;
    Moment now{kStart, kSystemStart};
};

TEST_P(Flood, OfForgedDatagramsCausesNoAction) {
    Datagram forged = test::sealed(Leave{1, 2}, "m9", GetParam());
    EXPECT_TRUE(receive(forged).empty());
    forged = test::sealed(Leave{1, 2}, "master", GetParam());
    forged.back() ^= 1;
    EXPECT_TRUE(receive(forged).empty());
    forged[4] ^= 1;
    EXPECT_TRUE(receive(forged).empty());
    EXPECT_EQ(node.tracking(now).datagrams_received, 3U);
}

TEST_P(Flood, DoesNotKeepTheTimerFromBeingSetAgain) {
    const Actions actions = node.handle(TimerFired{now, kernel.read(kStart)});
    ASSERT_FALSE(actions.empty());
    EXPECT_TRUE(std::holds_alternative<WakeAt>(actions.back()));
}

INSTANTIATE_TEST_SUITE_P(OnBothSides, Flood, testing::Values("master", "m1"),
                         [](const auto& role) { return role.param; });

}  // namespace
}  // namespace berkeley
