#include "daemon/core/election/allegiance.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

using Verdict = Allegiance::Verdict;

constexpr std::array<NodeId, 5> kIds{NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}, NodeId{5}};
constexpr NodeId kA = kIds[0];
constexpr NodeId kB = kIds[1];
constexpr NodeId kC = kIds[2];
constexpr SteadyTime kNow{1'000'000'000'000};

Electorate of(std::size_t candidates) {
    return Electorate({kIds.data(), candidates});
}

TEST(Allegiance, OneCandidateIsFollowedOnItsWord) {
    Allegiance allegiance(of(1), 4);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::follow);
    EXPECT_EQ(allegiance.term(), 5U);
    EXPECT_EQ(allegiance.master(), kA);
}

TEST(Allegiance, OfThreeAnotherMustSayThatItVotedForHim) {
    Allegiance allegiance(of(3), 4);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::unconfirmed);
    EXPECT_EQ(allegiance.term(), 4U);
    allegiance.heard(kA, {5, kA}, kNow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::unconfirmed) << "his own word, twice";
    allegiance.heard(kC, {5, kA}, kNow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::follow);
}

TEST(Allegiance, OfTwoBothMustAgreeAndOfFiveThree) {
    Allegiance two(of(2), 0);
    EXPECT_EQ(two.judge(kA, 1, kNow), Verdict::unconfirmed);
    two.heard(kB, {1, kA}, kNow);
    EXPECT_EQ(two.judge(kA, 1, kNow), Verdict::follow);
    Allegiance five(of(5), 0);
    five.heard(kB, {1, kA}, kNow);
    EXPECT_EQ(five.judge(kA, 1, kNow), Verdict::unconfirmed);
    five.heard(kIds[4], {1, kA}, kNow);
    EXPECT_EQ(five.judge(kA, 1, kNow), Verdict::follow);
}

TEST(Allegiance, TestimonyForAnotherOrInAnotherTermConfirmsNothing) {
    Allegiance allegiance(of(3), 4);
    allegiance.heard(kC, {5, kB}, kNow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::unconfirmed);
    allegiance.heard(kC, {6, kA}, kNow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::unconfirmed);
    allegiance.heard(NodeId{99}, {5, kA}, kNow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::unconfirmed);
}

TEST(Allegiance, OldTestimonyConfirmsNothing) {
    Allegiance allegiance(of(3), 4);
    allegiance.heard(kC, {5, kA}, kNow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow + kTestimonyLasts), Verdict::unconfirmed);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow + kTestimonyLasts - 1ns), Verdict::follow);
}

TEST(Allegiance, WhoIsFollowedStaysSoWithoutBeingAskedAbout) {
    Allegiance allegiance(of(3), 4);
    allegiance.heard(kC, {5, kA}, kNow);
    ASSERT_EQ(allegiance.judge(kA, 5, kNow), Verdict::follow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow + 24h), Verdict::follow);
}

TEST(Allegiance, NobodyElseInThatTermAndNoneOfAnEarlier) {
    Allegiance allegiance(of(3), 4);
    allegiance.heard(kC, {5, kA}, kNow);
    ASSERT_EQ(allegiance.judge(kA, 5, kNow), Verdict::follow);
    allegiance.heard(kC, {5, kB}, kNow);
    EXPECT_EQ(allegiance.judge(kB, 5, kNow), Verdict::refuse);
    allegiance.heard(kC, {4, kB}, kNow);
    EXPECT_EQ(allegiance.judge(kB, 4, kNow), Verdict::refuse);
    EXPECT_EQ(allegiance.judge(kA, 4, kNow), Verdict::refuse);
    allegiance.heard(kC, {6, kB}, kNow);
    EXPECT_EQ(allegiance.judge(kB, 6, kNow), Verdict::follow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::refuse) << "back from a pause";
}

// Two thieves of keys could; one cannot, nor does he use up the terms.
TEST(Allegiance, NoTermFarAheadAndNoStranger) {
    Allegiance allegiance(of(3), 4);
    const Term far = std::uint64_t{1} << 40;
    allegiance.heard(kB, {far, kA}, kNow);
    EXPECT_EQ(allegiance.judge(kA, far, kNow), Verdict::refuse);
    EXPECT_EQ(allegiance.judge(NodeId{99}, 5, kNow), Verdict::refuse);
    Allegiance last(of(1), kLastTerm);
    EXPECT_EQ(last.judge(kA, kLastTerm + 1, kNow), Verdict::refuse);
}

// After a restart the term is known, and not who led in it.
TEST(Allegiance, AMasterOfTheTermThatWasKnownIsConfirmedAnew) {
    Allegiance allegiance(of(3), 5);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::unconfirmed);
    allegiance.heard(kB, {5, kA}, kNow);
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::follow);
}

// Over a change of the candidates.
TEST(Allegiance, WhomItFollowedNeedsNoWordButInThatTermAlone) {
    Allegiance allegiance(of(3), 5);
    allegiance.knows({5, kA});
    EXPECT_EQ(allegiance.judge(kA, 5, kNow), Verdict::follow);
    EXPECT_EQ(allegiance.judge(kB, 5, kNow), Verdict::refuse);
    EXPECT_EQ(allegiance.judge(kA, 6, kNow), Verdict::unconfirmed);
}

}  // namespace
}  // namespace berkeley
