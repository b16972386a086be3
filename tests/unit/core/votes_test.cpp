#include "daemon/core/agree/votes.hpp"

#include <gtest/gtest.h>

#include "daemon/core/node/failure_domains.hpp"

namespace berkeley {
namespace {

TEST(Votes, EachHasOneValueTheMedianOfItsOwn) {
    std::vector<VotedValue> values{{Vote{3}, 30}, {Vote{1}, 9}, {Vote{3}, 10},
                                   {Vote{2}, -5}, {Vote{1}, 7}, {Vote{3}, 1000}};
    EXPECT_EQ(one_of_each_vote(values), (std::vector<double>{8, -5, 30}));
    std::vector<VotedValue> none;
    EXPECT_TRUE(one_of_each_vote(none).empty());
}

TEST(Votes, AreCountedOnce) {
    EXPECT_EQ(number_of({}), 0U);
    EXPECT_EQ(number_of({Vote{5}, Vote{9}, Vote{5}}), 2U);
}

TEST(FailureDomains, NodesOfOneShareAVoteAndTheOthersDoNot) {
    FailureDomains domains;
    EXPECT_NE(domains.vote_of("a"), domains.vote_of("b"));
    EXPECT_EQ(domains.shared(), 0U);
    domains.add({"b", "a", "c"});
    domains.add({"d", "e"});
    domains.add({"f"});
    EXPECT_EQ(domains.vote_of("a"), domains.vote_of("b"));
    EXPECT_EQ(domains.vote_of("a"), domains.vote_of("c"));
    EXPECT_EQ(domains.vote_of("d"), domains.vote_of("e"));
    EXPECT_NE(domains.vote_of("a"), domains.vote_of("d"));
    EXPECT_NE(domains.vote_of("f"), domains.vote_of("g"));
    EXPECT_EQ(domains.shared(), 3U);
}

// Else a domain that is called like a node would take its vote.
TEST(FailureDomains, NameNoVoteThatSomebodyElseHas) {
    FailureDomains domains;
    domains.add({"a", "b"});
    for (const char* other : {"c", "host7", "d"})
        EXPECT_NE(domains.vote_of(other), domains.vote_of("a"));
}

TEST(FailureDomains, WhoIsInOneStaysThere) {
    FailureDomains domains;
    domains.add({"a", "b"});
    domains.add({"c", "b"});
    EXPECT_EQ(domains.vote_of("a"), domains.vote_of("b"));
    EXPECT_NE(domains.vote_of("c"), domains.vote_of("b"));
    EXPECT_EQ(domains.shared(), 1U);
}

}  // namespace
}  // namespace berkeley
