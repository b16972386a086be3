// A master that continues cluster time from a line of before: by how far it may be off.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::PlayedCluster;

// A member that never follows, or says so, does not keep it wide for ever.
TEST(InheritedDoubt, IsDroppedAfterFourHours) {
    PlayedCluster cluster(test::master_settings(5), test::four());
    cluster.join_all();
    cluster.bench.pass(60s);
    cluster.bench.feed(RawClockBroken{cluster.bench.now(), "suspended"});
    cluster.members[0]->tamper_header = [](Header& header) {
        header.epoch = std::max(header.epoch, std::uint64_t{77});
    };
    cluster.join_all();
    cluster.bench.pass(4h - 1min);
    const Duration with_doubt = *cluster.bench.status().bound;
    cluster.bench.pass(2min);
    EXPECT_LT(*cluster.bench.status().bound, with_doubt / 2);
}

}  // namespace
}  // namespace berkeley
