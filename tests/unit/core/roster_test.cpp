#include "daemon/core/trust/roster.hpp"

#include <gtest/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley {
namespace {

constexpr std::string_view kCluster = "lab";

TokenCandidate candidate(std::string_view name) {
    return {NodeName::from(name).value(), "192.0.2.1", 10525, test::public_key(name)};
}

Roster roster_of(std::initializer_list<std::string_view> names, RosterSerial serial = 0) {
    Roster roster{.serial = serial, .candidates = {}, .former = {}};
    for (const std::string_view name : names)
        roster.candidates.push_back(candidate(name));
    return roster;
}

std::vector<std::string_view> names(const Roster& roster) {
    std::vector<std::string_view> all;
    for (const TokenCandidate& each : roster.candidates)
        all.push_back(each.name.view());
    return all;
}

SignedChange signed_change(const Roster& roster, const RosterChange& change,
                           std::initializer_list<std::string_view> signers,
                           std::string_view cluster = kCluster) {
    SignedChange made{change, {}};
    for (const std::string_view name : signers) {
        const auto rank = roster.rank_of(test::public_key(name)).value_or(0);
        made.signatures.push_back(
            {static_cast<std::uint8_t>(rank), sign(change, *test::node_key(name), cluster)});
    }
    return made;
}

SignedChange promotion(const Roster& roster, std::string_view name,
                       std::initializer_list<std::string_view> signers) {
    return signed_change(
        roster, next_change(roster, kCluster, RosterStep::promote, candidate(name)), signers);
}

SignedChange retirement(const Roster& roster, std::string_view name,
                        std::initializer_list<std::string_view> signers,
                        RosterStep step = RosterStep::retire) {
    return signed_change(roster, next_change(roster, kCluster, step, candidate(name)), signers);
}

RosterFault fault_of(const Roster& roster, const SignedChange& change) {
    const auto next = changed(roster, change, kCluster);
    if (next)
        throw std::runtime_error("the change is good");
    return next.error();
}

const Roster kThree = roster_of({"n1", "n2", "n3"}, 4);

TEST(Roster, GrowsByOneAtItsEnd) {
    const auto next = changed(kThree, promotion(kThree, "n4", {"n1", "n3"}), kCluster);
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(next->serial, 5);
    EXPECT_EQ(names(*next), (std::vector<std::string_view>{"n1", "n2", "n3", "n4"}));
    EXPECT_TRUE(next->former.empty());
}

TEST(Roster, ShrinksByOneWhoseCertificatesHold) {
    const auto next = changed(kThree, retirement(kThree, "n1", {"n2", "n3"}), kCluster);
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(names(*next), (std::vector<std::string_view>{"n2", "n3"}));
    EXPECT_EQ(next->former, std::vector{test::public_key("n1")});
}

TEST(Roster, ShrinksByOneWhoIsDistrusted) {
    const auto next =
        changed(kThree, retirement(kThree, "n1", {"n2", "n3"}, RosterStep::distrust), kCluster);
    ASSERT_TRUE(next.has_value());
    EXPECT_TRUE(next->former.empty());
}

TEST(Roster, TrustsOneNoMoreThatWasRetired) {
    const Roster without = *changed(kThree, retirement(kThree, "n1", {"n2", "n3"}), kCluster);
    const auto next =
        changed(without, retirement(without, "n1", {"n2", "n3"}, RosterStep::distrust), kCluster);
    ASSERT_TRUE(next.has_value());
    EXPECT_TRUE(next->former.empty());
    EXPECT_EQ(next->candidates, without.candidates);
    EXPECT_EQ(fault_of(without, retirement(without, "n1", {"n2", "n3"})), RosterFault::absent);
}

TEST(Roster, KeepsTwelveFormerOnes) {
    Roster roster = kThree;
    for (int i = 0; i < 12; ++i)
        roster.former.push_back(test::public_key("f" + std::to_string(i)));
    EXPECT_EQ(fault_of(roster, retirement(roster, "n1", {"n2", "n3"})), RosterFault::many_former);
    EXPECT_TRUE(
        changed(roster, retirement(roster, "n1", {"n2", "n3"}, RosterStep::distrust), kCluster)
            .has_value());
}

TEST(Roster, NeedsAMajorityOfThoseBefore) {
    EXPECT_EQ(fault_of(kThree, promotion(kThree, "n4", {"n2"})), RosterFault::too_few);
    const Roster four = roster_of({"n1", "n2", "n3", "n4"});
    EXPECT_EQ(fault_of(four, promotion(four, "n5", {"n1", "n2"})), RosterFault::too_few);
    EXPECT_TRUE(changed(four, promotion(four, "n5", {"n1", "n2", "n4"}), kCluster).has_value());
}

TEST(Roster, CountsNoSignerTwice) {
    EXPECT_EQ(fault_of(kThree, promotion(kThree, "n4", {"n2", "n2"})), RosterFault::bad_signature);
    EXPECT_EQ(fault_of(kThree, promotion(kThree, "n4", {"n3", "n2"})), RosterFault::bad_signature)
        << "each set of signatures has one spelling";
}

TEST(Roster, CountsNobodyElse) {
    SignedChange change = promotion(kThree, "n4", {"n1"});
    change.signatures.push_back({1, sign(change.change, *test::node_key("n4"), kCluster)});
    EXPECT_EQ(fault_of(kThree, change), RosterFault::bad_signature);
    change.signatures.back() = {3, sign(change.change, *test::node_key("n4"), kCluster)};
    EXPECT_EQ(fault_of(kThree, change), RosterFault::bad_signature);

    const Roster without = *changed(kThree, retirement(kThree, "n1", {"n2", "n3"}), kCluster);
    const RosterChange next = next_change(without, kCluster, RosterStep::promote, candidate("n4"));
    SignedChange by_the_retired = signed_change(without, next, {"n1", "n3"});
    EXPECT_EQ(fault_of(without, by_the_retired), RosterFault::bad_signature);
}

TEST(Roster, SignaturesAreForOneChangeOfOneRosterOfOneCluster) {
    SignedChange change = promotion(kThree, "n4", {"n1", "n2"});
    change.change.node.port = 1;
    EXPECT_EQ(fault_of(kThree, change), RosterFault::bad_signature);
    change = promotion(kThree, "n4", {"n1", "n2"});
    change.change.step = RosterStep::retire;
    change.change.node = candidate("n3");
    EXPECT_EQ(fault_of(kThree, change), RosterFault::bad_signature);

    const Roster later = roster_of({"n1", "n2", "n3"}, 5);
    EXPECT_EQ(fault_of(later, promotion(kThree, "n4", {"n1", "n2"})), RosterFault::not_next);
    EXPECT_EQ(fault_of(kThree, promotion(later, "n4", {"n1", "n2"})), RosterFault::not_next);
    const Roster other = roster_of({"n1", "n2", "n5"}, 4);
    EXPECT_EQ(fault_of(other, promotion(kThree, "n4", {"n1", "n2"})), RosterFault::other_roster);
    const RosterChange next = next_change(kThree, kCluster, RosterStep::promote, candidate("n4"));
    EXPECT_EQ(fault_of(kThree, signed_change(kThree, next, {"n1", "n2"}, "another")),
              RosterFault::bad_signature);
}

// Who has both has two rosters of one serial; who holds one of them takes nothing that follows on
// the other.
TEST(Roster, TwoChangesOfOneSerialDoNotMix) {
    const Roster one = *changed(kThree, promotion(kThree, "n4", {"n1", "n2"}), kCluster);
    const Roster other = *changed(kThree, promotion(kThree, "n5", {"n1", "n2"}), kCluster);
    EXPECT_EQ(one.serial, other.serial);
    EXPECT_EQ(fault_of(one, promotion(other, "n6", {"n1", "n2", "n3"})), RosterFault::other_roster);
}

TEST(Roster, TakesNoNameOrKeyTwice) {
    EXPECT_EQ(fault_of(kThree, promotion(kThree, "n3", {"n1", "n2"})), RosterFault::present);
    const auto with = [](std::string_view name, std::string_view key) {
        TokenCandidate node = candidate(name);
        node.key = test::public_key(key);
        return signed_change(kThree, next_change(kThree, kCluster, RosterStep::promote, node),
                             {"n1", "n2"});
    };
    EXPECT_EQ(fault_of(kThree, with("n4", "n2")), RosterFault::present);
    EXPECT_EQ(fault_of(kThree, with("n3", "n4")), RosterFault::present);
    const Roster without = *changed(kThree, retirement(kThree, "n1", {"n2", "n3"}), kCluster);
    EXPECT_EQ(fault_of(without, promotion(without, "n1", {"n2", "n3"})), RosterFault::present)
        << "its key certifies still: a candidate of old comes back with another";
}

TEST(Roster, RetiresWhomItHasAndLeavesTwo) {
    EXPECT_EQ(fault_of(kThree, retirement(kThree, "n4", {"n1", "n2"})), RosterFault::absent);
    TokenCandidate node = candidate("n3");
    node.key = test::public_key("n2");
    EXPECT_EQ(fault_of(kThree, signed_change(
                                   kThree, next_change(kThree, kCluster, RosterStep::retire, node),
                                   {"n1", "n2"})),
              RosterFault::absent);
    const Roster one = roster_of({"n1"});
    EXPECT_EQ(fault_of(one, retirement(one, "n1", {"n1"})), RosterFault::leaves_few);
    const Roster two = roster_of({"n1", "n2"});
    EXPECT_EQ(fault_of(two, retirement(two, "n2", {"n1", "n2"})), RosterFault::leaves_few);
}

TEST(Roster, HasSevenAtMost) {
    const Roster seven = roster_of({"n1", "n2", "n3", "n4", "n5", "n6", "n7"});
    EXPECT_EQ(fault_of(seven, promotion(seven, "n8", {"n1", "n2", "n3", "n4"})), RosterFault::full);
}

TEST(Roster, TakesNoCandidateThatCannotBeFound) {
    const auto with = [](auto change) {
        TokenCandidate node = candidate("n4");
        change(node);
        return signed_change(kThree, next_change(kThree, kCluster, RosterStep::promote, node),
                             {"n1", "n2"});
    };
    EXPECT_EQ(fault_of(kThree, with([](TokenCandidate& node) { node.host = ""; })),
              RosterFault::malformed);
    EXPECT_EQ(fault_of(kThree, with([](TokenCandidate& node) { node.host = "a\"b"; })),
              RosterFault::malformed);
    EXPECT_EQ(fault_of(kThree, with([](TokenCandidate& node) { node.port = 0; })),
              RosterFault::malformed);
    EXPECT_EQ(fault_of(kThree, with([](TokenCandidate& node) { node.key = {}; })),
              RosterFault::malformed);
}

TEST(Roster, SerialsEnd) {
    const Roster last = roster_of({"n1"}, UINT16_MAX);
    const SignedChange change = promotion(last, "n2", {"n1"});
    EXPECT_EQ(change.change.serial, 0);
    EXPECT_EQ(fault_of(last, change), RosterFault::not_next);
}

TEST(Roster, AddressesDoNotMakeItAnother) {
    Roster elsewhere = kThree;
    elsewhere.candidates[0].host = "n1.example";
    EXPECT_EQ(digest_of(elsewhere, kCluster), digest_of(kThree, kCluster));
    EXPECT_NE(digest_of(kThree, "another"), digest_of(kThree, kCluster));
    Roster changed_rank = kThree;
    std::swap(changed_rank.candidates[0], changed_rank.candidates[1]);
    EXPECT_NE(digest_of(changed_rank, kCluster), digest_of(kThree, kCluster));
}

TEST(SignedChange, ComesBackFromItsBytesAndItsText) {
    const SignedChange change = promotion(kThree, "n4", {"n1", "n2", "n3"});
    EXPECT_EQ(decode_signed_change(encode(change)), change);
    EXPECT_EQ(parse_roster_change(to_text(change)), change);
}

TEST(SignedChange, FitsAtItsLargest) {
    TokenCandidate node = candidate("n8");
    node.name = NodeName::from(std::string(kMaxNameLength, 'n')).value();
    node.host = std::string(kMaxHostLength, 'h');
    SignedChange change{next_change(kThree, kCluster, RosterStep::promote, node), {}};
    for (std::uint8_t rank = 0; rank < kMostCandidates; ++rank)
        change.signatures.push_back({rank, {}});
    EXPECT_EQ(decode_signed_change(encode(change)), change);
    EXPECT_EQ(parse_roster_change(to_text(change)), change);
}

TEST(SignedChange, NoOtherBytesAreOne) {
    const std::vector<std::uint8_t> bytes = encode(promotion(kThree, "n4", {"n1", "n2"}));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_signed_change(std::span(bytes).first(size)).has_value()) << size;
    std::vector<std::uint8_t> longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode_signed_change(longer).has_value());
    // A change of one byte is no change that a majority signed.
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::vector<std::uint8_t> other = bytes;
        other[at] ^= 1;
        const auto read = decode_signed_change(other);
        EXPECT_FALSE(read && changed(kThree, *read, kCluster)) << at;
    }
    longer.assign(10'000, 0xff);
    EXPECT_FALSE(decode_signed_change(longer).has_value());
}

TEST(RosterChain, IsCheckedFromItsBeginning) {
    RosterChain chain{kThree, {}};
    chain.changes.push_back(promotion(kThree, "n4", {"n1", "n3"}));
    const Roster four = *changed(kThree, chain.changes[0], kCluster);
    chain.changes.push_back(retirement(four, "n1", {"n2", "n3", "n4"}));
    const auto rosters = rosters_of(chain, kCluster);
    ASSERT_TRUE(rosters.has_value());
    ASSERT_EQ(rosters->size(), 3U);
    EXPECT_EQ(names(rosters->back()), (std::vector<std::string_view>{"n2", "n3", "n4"}));
    EXPECT_EQ(chain.making(4), nullptr);
    EXPECT_EQ(chain.making(5), chain.changes.data());
    EXPECT_EQ(chain.making(6), &chain.changes[1]);
    EXPECT_EQ(chain.making(7), nullptr);
    EXPECT_EQ(chain.making(0), nullptr);

    RosterChain forged = chain;
    forged.changes[0].signatures.pop_back();
    EXPECT_EQ(rosters_of(forged, kCluster).error(), RosterFault::too_few);
    RosterChain gap = chain;
    gap.changes.erase(gap.changes.begin());
    EXPECT_EQ(rosters_of(gap, kCluster).error(), RosterFault::not_next);
}

// ---- what the only candidate foresees

const Roster kOne = roster_of({"n1"});

Foreseen foreseen(std::string_view name) {
    return {NodeName::from(name).value(), test::public_key(name)};
}

SignedChange promotion_and(const Roster& roster, std::string_view name, const Foreseen& next,
                           std::initializer_list<std::string_view> signers) {
    return signed_change(
        roster, next_change(roster, kCluster, RosterStep::promote, candidate(name), next), signers);
}

TEST(Foresight, IsTheOnlyCandidatesAndVoidWithTheNextChange) {
    const auto two = changed(kOne, promotion_and(kOne, "n2", foreseen("n3"), {"n1"}), kCluster);
    ASSERT_TRUE(two.has_value());
    EXPECT_EQ(names(*two), (std::vector<std::string_view>{"n1", "n2"}));
    EXPECT_EQ(two->foreseen, foreseen("n3"));
    EXPECT_TRUE(two->foresees(candidate("n3")));
    EXPECT_FALSE(two->foresees(candidate("n4")));
    TokenCandidate another_key = candidate("n3");
    another_key.key = test::public_key("n4");
    EXPECT_FALSE(two->foresees(another_key));
    EXPECT_FALSE(changed(*two, promotion(*two, "n4", {"n1", "n2"}), kCluster)->foreseen);
    EXPECT_FALSE(changed(*two, promotion(*two, "n3", {"n1", "n2"}), kCluster)->foreseen);
    EXPECT_EQ(fault_of(*two, promotion(*two, "n3", {"n1"})), RosterFault::too_few);
}

TEST(Foresight, IsNobodysWhoIsOneOfSeveralOrWasOne) {
    const Roster two = roster_of({"n1", "n2"});
    EXPECT_EQ(fault_of(two, promotion_and(two, "n3", foreseen("n4"), {"n1", "n2"})),
              RosterFault::foresees);
    EXPECT_EQ(fault_of(kOne, promotion_and(kOne, "n2", foreseen("n1"), {"n1"})),
              RosterFault::foresees);
    EXPECT_EQ(fault_of(kOne, promotion_and(kOne, "n2", foreseen("n2"), {"n1"})),
              RosterFault::foresees);
    Roster after_another = kOne;
    after_another.former = {test::public_key("n3")};
    EXPECT_EQ(fault_of(after_another, promotion_and(after_another, "n2", foreseen("n3"), {"n1"})),
              RosterFault::foresees);
    EXPECT_EQ(fault_of(kOne, promotion_and(kOne, "n2", {foreseen("n3").name, {}}, {"n1"})),
              RosterFault::foresees);
}

TEST(Foresight, IsSignedAndReadAgain) {
    const SignedChange change = promotion_and(kOne, "n2", foreseen("n3"), {"n1"});
    const auto bytes = encode(change);
    ASSERT_EQ(decode_signed_change(bytes), change);
    EXPECT_EQ(parse_roster_change(to_text(change)).value(), change);
    SignedChange another = change;
    another.change.foreseen = foreseen("n4");
    EXPECT_EQ(fault_of(kOne, another), RosterFault::bad_signature);
    another.change.foreseen.reset();
    EXPECT_EQ(fault_of(kOne, another), RosterFault::bad_signature);
    EXPECT_EQ(bytes.size(), encode(another).size() + 1 + 2 + 32) << "nothing where there is none";
}

// Who joins by a token of today holds a roster that tells of nobody.
TEST(Foresight, IsNoPartOfTheRosterThatTheNextOneFollowsOn) {
    const Roster two = *changed(kOne, promotion_and(kOne, "n2", foreseen("n3"), {"n1"}), kCluster);
    Roster as_configured = two;
    as_configured.foreseen.reset();
    EXPECT_TRUE(changed(as_configured, promotion(two, "n3", {"n1", "n2"}), kCluster).has_value());
}

}  // namespace
}  // namespace berkeley
