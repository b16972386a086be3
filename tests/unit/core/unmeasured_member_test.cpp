// A member that answers every poll, and by whose answers nothing can be measured.
#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

using test::PlayedCluster;
using test::PlayedMember;

TEST(UnmeasuredMember, LosesItsVoteUntilItIsMeasuredAgain) {
    PlayedCluster cluster(test::master_settings(3), {PlayedMember::Shape{}, PlayedMember::Shape{}});
    cluster.join_all();
    cluster.bench.pass(70s);
    ASSERT_EQ(cluster.bench.member("m1").counted, Counted::yes);
    PlayedMember& silent_on_stamps = *cluster.members[0];
    silent_on_stamps.tamper = [](Reply& reply) { reply.last_sequence = 0; };
    cluster.bench.pass(20s);
    EXPECT_EQ(cluster.bench.member("m1").counted, Counted::yes);  // a few may get lost
    cluster.bench.pass(20s);
    EXPECT_EQ(cluster.bench.member("m1").counted, Counted::no);
    EXPECT_EQ(cluster.bench.member("m1").state, MemberState::joining);
    EXPECT_EQ(cluster.bench.member("m2").counted, Counted::yes);
    silent_on_stamps.tamper = {};
    cluster.bench.pass(20s);
    EXPECT_EQ(cluster.bench.member("m1").counted, Counted::yes);
}

}  // namespace
}  // namespace berkeley
