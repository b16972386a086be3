#include "daemon/core/node/opinions.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr KeyId kHonest{1};
constexpr KeyId kLiar{2};
constexpr SteadyTime kNow{1'000'000'000'000};
constexpr Opinion kContradicts{7, Judgement::contradicts};
constexpr Opinion kAgrees{7, Judgement::agrees};

MemberVoices voices(const Opinions& opinions) {
    return opinions.voices(7, kNow, std::array{kLiar});
}

TEST(Opinions, AreCountedOfThatTermAndSinceThen) {
    Opinions opinions(5);
    opinions.hear(NodeId{1}, kHonest, kContradicts, kNow);
    opinions.hear(NodeId{2}, kHonest, kAgrees, kNow);
    opinions.hear(NodeId{3}, kHonest, {8, Judgement::contradicts}, kNow);
    opinions.hear(NodeId{4}, kHonest, kContradicts, kNow - 1ns);
    opinions.hear(NodeId{5}, kHonest, {7, Judgement::none}, kNow);
    EXPECT_EQ(voices(opinions).contradict, 1U);
    EXPECT_EQ(voices(opinions).agree, 1U);
}

TEST(Opinions, OfOneMemberTheLastCounts) {
    Opinions opinions(5);
    for (int i = 0; i < 9; ++i)
        opinions.hear(NodeId{1}, kHonest, kContradicts, kNow);
    EXPECT_EQ(voices(opinions).contradict, 1U);
    opinions.hear(NodeId{1}, kHonest, kAgrees, kNow);
    EXPECT_EQ(voices(opinions).contradict, 0U);
    EXPECT_EQ(voices(opinions).agree, 1U);
}

TEST(Opinions, OfMembersThatALiarAdmittedContradictInVain) {
    Opinions opinions(5);
    opinions.hear(NodeId{1}, kLiar, kContradicts, kNow);
    opinions.hear(NodeId{2}, kLiar, kAgrees, kNow);
    EXPECT_EQ(voices(opinions).contradict, 0U);
    EXPECT_EQ(voices(opinions).agree, 1U);
}

// However often they come, 1000 of 10,000 have no more than their share.
TEST(Opinions, OfTheLoudAreNoMoreThanTheirShare) {
    for (std::uint64_t secret = 0; secret < 20; ++secret) {
        Opinions opinions(secret);
        for (std::uint64_t round = 0; round < 3; ++round) {
            for (std::uint64_t i = 1; i <= 10'000; ++i) {
                const bool loud = i <= 1000;
                if (loud || round == 0)
                    opinions.hear(NodeId{i}, kHonest, loud ? kContradicts : kAgrees, kNow);
            }
        }
        EXPECT_EQ(voices(opinions).contradict + voices(opinions).agree, Opinions::kMost);
        EXPECT_LT(voices(opinions).contradict, 20U) << "secret " << secret;
    }
}

}  // namespace
}  // namespace berkeley
