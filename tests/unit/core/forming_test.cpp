#include "daemon/core/node/forming.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr Moment kNow{RawTime{500'000'000'000}, SystemTime{1'790'000'000'000'000'000}};
constexpr ClusterTime kOurSystem{kNow.system.ns};

OwnReading own_clock() {
    OwnReading own;
    own.now = kNow;
    return own;
}

// Members that were measured and have told their clocks, 200 µs round trip.
class Voting {
  public:
    // `offset`: of its system clock against ours.
    Member& add(Duration offset, std::uint64_t epoch = 0, std::optional<Claim> claim = {}) {
        auto& member = *all_.emplace_back(std::make_unique<Member>());
        member.name = *NodeName::from("m" + std::to_string(all_.size()));
        member.id = id_of(member.name.view());
        member.vote = Vote{member.id.value};
        member.session = 77;
        member.heard_at = kNow.raw;
        const Duration raw_offset = 1'000s * static_cast<std::int64_t>(all_.size());
        for (int i = 20; i > 0; --i) {
            const RawTime sent = kNow.raw - i * Duration{50ms};
            const RawTime there = sent + 100us + raw_offset;
            EXPECT_TRUE(member.link.learn({sent, there, there, sent + 200us, 0ns}));
        }
        Member::Told told;
        told.raw = kNow.raw + raw_offset;
        told.system = kNow.system + offset;
        told.header.epoch = epoch;
        told.claim = claim;
        member.told = told;
        pointers_.push_back(&member);
        return member;
    }

    Member& add_long_past(SystemTime floor) {
        Member& member = add(-56'000h);
        member.told->floor = floor;
        return member;
    }

    std::optional<Formed> form(std::size_t expected, const OwnReading& own = own_clock()) {
        return berkeley::form(own, pointers_, expected);
    }
    std::optional<Formed> begin(std::size_t expected, const OwnReading& own) {
        return begin_where_last_seen(own, pointers_, expected);
    }
    Voters voters(std::size_t expected, const OwnReading& own = own_clock()) {
        return count_voters(own, {pointers_.data(), pointers_.size()}, expected);
    }
    std::span<Member* const> members() { return pointers_; }

  private:
    std::vector<std::unique_ptr<Member>> all_;
    std::vector<Member*> pointers_;
};

void expect_near(Duration found, Duration expected) {
    EXPECT_NEAR(as_ns(found), as_ns(expected), 1e3);
}

Claim claim_at(Duration against_our_system, Duration bound) {
    return {kOurSystem + against_our_system, bound};
}

TEST(Forming, AnewItIsTheAverageOurOwnClockIncluded) {
    Voting voting;
    voting.add(300ms);
    voting.add(-600ms);
    const auto formed = voting.form(3);
    ASSERT_TRUE(formed.has_value());
    EXPECT_FALSE(formed->continued);
    EXPECT_EQ(formed->epoch, 1U);
    EXPECT_EQ(formed->doubt, 0ns);
    // The tightest two of three are ours and the one at +300 ms; the third is far from both.
    EXPECT_EQ(formed->counted, 2U);
    EXPECT_TRUE(formed->own_counted);
    expect_near(formed->at_now - kOurSystem, 150ms);
    expect_near(formed->own_off, -150ms);
    EXPECT_EQ(voting.members()[0]->state, MemberState::trusted);
    EXPECT_EQ(voting.members()[1]->state, MemberState::excluded);
    EXPECT_NE(to_text(voting.members()[1]->verdict).find("-750.0"), std::string::npos)
        << to_text(voting.members()[1]->verdict);
}

TEST(Forming, NothingIsFormedBelowAMajorityOfTheExpected) {
    Voting voting;
    voting.add(1ms);
    EXPECT_FALSE(voting.form(4).has_value());
    EXPECT_TRUE(voting.form(3).has_value());
}

TEST(Forming, AnObservingMasterDoesNotCountItself) {
    Voting voting;
    voting.add(10ms);
    voting.add(20ms);
    OwnReading own = own_clock();
    own.votes = false;
    const auto formed = voting.form(2, own);
    ASSERT_TRUE(formed.has_value());
    EXPECT_FALSE(formed->own_counted);
    EXPECT_EQ(formed->counted, 2U);
    expect_near(formed->at_now - kOurSystem, 15ms);
}

TEST(Forming, ObserversAndDeadRtcsDoNotVote) {
    Voting voting;
    voting.add(0ms);
    voting.add(1ms);
    voting.add_long_past(kNow.system - 1h);
    voting.add_long_past(kNow.system - 1h);
    voting.add_long_past(kNow.system - 1h);
    voting.add(4s).told->votes = false;
    const auto formed = voting.form(3);
    ASSERT_TRUE(formed.has_value());
    EXPECT_EQ(formed->counted, 3U);
    expect_near(formed->at_now - kOurSystem, nanoseconds_of(1e6 / 3));
    EXPECT_EQ(voting.members()[2]->state, MemberState::excluded);
    EXPECT_FALSE(voting.members()[5]->clock.counted);
    EXPECT_EQ(voting.voters(3).present, 3U);
}

OwnReading own_clock_long_past(SystemTime floor) {
    OwnReading own = own_clock();
    own.now.system = SystemTime{Duration{100s}.count()};
    own.floor = floor;
    return own;
}

TEST(Forming, WhereAllClocksAreLongPastItBeginsWhereMostHadSeenIt) {
    Voting voting;
    voting.add_long_past(kNow.system - 24h);
    voting.add_long_past(kNow.system - 10s);
    voting.add_long_past(kNow.system + 24h * 3650);  // a liar, say
    voting.add_long_past(kNow.system - 20s);
    const OwnReading own = own_clock_long_past(kNow.system);
    EXPECT_FALSE(voting.form(5, own).has_value());
    EXPECT_EQ(voting.voters(5, own).present, 0U);
    const auto formed = voting.begin(5, own);
    ASSERT_TRUE(formed.has_value());
    expect_near(formed->at_now - kOurSystem, -10s + kBetweenStateSaves);
    EXPECT_EQ(formed->counted, 5U);
    EXPECT_TRUE(formed->own_counted);
    EXPECT_EQ(formed->epoch, 1U);
    EXPECT_FALSE(formed->continued);
    expect_near(formed->own_off, own.now.system - SystemTime{formed->at_now.ns});
    for (const Member* member : voting.members())
        EXPECT_EQ(member->state, MemberState::trusted);
}

TEST(Forming, OfTwoThatAreLongPastTheLaterHasSeenIt) {
    for (const Duration apart : {Duration{-50s}, Duration{50s}}) {
        Voting voting;
        voting.add_long_past(kNow.system + apart);
        const auto formed = voting.begin(2, own_clock_long_past(kNow.system));
        ASSERT_TRUE(formed.has_value());
        const Duration later = std::max<Duration>(apart, 0s);
        expect_near(formed->at_now - kOurSystem, later + kBetweenStateSaves);
    }
}

// Its members have a majority, though but one has a say.
TEST(Forming, BeginsWithAReferenceWhereNoOtherClockKnowsTheDate) {
    Voting voting;
    voting.add(0ms);
    voting.add_long_past(kNow.system);
    voting.add_long_past(kNow.system);
    const OwnReading own = own_clock_long_past(kNow.system);
    const References::Start outside{{kNow.system - own.now.system, 1ms}, 5 * kPpm};
    EXPECT_FALSE(berkeley::form(own, voting.members(), 4));
    EXPECT_FALSE(berkeley::form(own, voting.members(), 9, outside)) << "there are four";
    const auto formed = berkeley::form(own, voting.members(), 4, outside);
    ASSERT_TRUE(formed);
    expect_near(formed->at_now - kOurSystem, 0ms);
    EXPECT_TRUE(formed->by_references);
    EXPECT_EQ(formed->rate, 5 * kPpm);
    EXPECT_EQ(formed->counted, 1U);
}

TEST(Forming, WhereOneClockIsOfTodayItIsNotBegunBlindly) {
    Voting voting;
    voting.add_long_past(kNow.system);
    voting.add_long_past(kNow.system);
    EXPECT_FALSE(voting.begin(3, own_clock()).has_value());
    voting.add(0ms);
    EXPECT_FALSE(voting.begin(3, own_clock_long_past(kNow.system)).has_value());
}

TEST(Forming, AMinorityDoesNotBeginBlindly) {
    Voting voting;
    voting.add_long_past(kNow.system);
    voting.add_long_past(kNow.system).told->votes = false;
    const OwnReading own = own_clock_long_past(kNow.system);
    EXPECT_TRUE(voting.begin(3, own).has_value());
    EXPECT_FALSE(voting.begin(4, own).has_value());
    OwnReading observing = own;
    observing.votes = false;
    EXPECT_FALSE(voting.begin(3, observing).has_value());
}

TEST(Forming, WhoIsStillBeingMeasuredIsWaitedFor) {
    Voting voting;
    voting.add(0ms);
    EXPECT_FALSE(voting.voters(2).still_joining);
    voting.add(0ms).link = Link{};
    EXPECT_TRUE(voting.voters(2).still_joining);
    EXPECT_EQ(voting.voters(2).present, 2U);
    EXPECT_EQ(voting.voters(5).expected, 5U);
    EXPECT_EQ(voting.voters(1).expected, 2U);  // more are here than the operator said
}

TEST(Forming, ClocksThatShareAVoteAreOne) {
    Voting voting;
    voting.add(1ms);
    for (int i = 0; i < 3; ++i)
        voting.add(10s).vote = Vote{7};
    EXPECT_EQ(voting.voters(1).present, 3U);
    EXPECT_EQ(voting.voters(3).expected, 3U);
    const auto formed = voting.form(3);
    ASSERT_TRUE(formed.has_value());
    EXPECT_EQ(formed->counted, 2U);
    expect_near(formed->at_now - kOurSystem, 500us);
    for (std::size_t i = 1; i < 4; ++i)
        EXPECT_EQ(voting.members()[i]->state, MemberState::excluded) << i;
}

TEST(Forming, OfClocksThatShareAVoteAMajorityCastsIt) {
    Voting voting;
    voting.add(1h);
    voting.add(2ms).vote = Vote{7};
    voting.add(-1h).vote = Vote{7};
    voting.add(4ms).vote = Vote{7};
    const auto formed = voting.form(3);
    ASSERT_TRUE(formed.has_value());
    EXPECT_EQ(formed->counted, 3U);
    expect_near(formed->at_now - kOurSystem, 1500us);  // ours, and the shared vote of 3 ms
    EXPECT_FALSE(voting.members()[2]->clock.counted);
}

TEST(Forming, AVoteWhoseClocksDisagreeDecidesNothing) {
    Voting voting;
    voting.add(1ms);
    voting.add(-1h).vote = Vote{7};
    voting.add(1h).vote = Vote{7};
    const auto formed = voting.form(3);
    ASSERT_TRUE(formed.has_value());
    EXPECT_EQ(formed->counted, 2U);
    expect_near(formed->at_now - kOurSystem, 500us);
}

TEST(Forming, AMajorityThatKnowsClusterTimeContinuesIt) {
    Voting voting;
    voting.add(5ms, 3, claim_at(70ms, 1ms));
    voting.add(-5ms, 3, claim_at(71ms, 1ms));
    voting.add(0ms, 3, claim_at(72ms, 1ms));
    const auto formed = voting.form(5);
    ASSERT_TRUE(formed.has_value());
    EXPECT_TRUE(formed->continued);
    EXPECT_EQ(formed->epoch, 3U);
    expect_near(formed->at_now - kOurSystem, 71ms);
    // Where the cluster time of before may be, as seen from the new one.
    EXPECT_GE(formed->doubt, 1ms);
    EXPECT_LT(formed->doubt, 3ms);
}

// Another that has none, and reads what it should, is measured like one that has just joined.
TEST(Forming, WhoClaimsNothingIsExcludedOnlyForWhatItReads) {
    Voting voting;
    for (const Duration apart : {0us, 10us, 20us})
        voting.add(0ms, 3, claim_at(apart, 1ms));
    voting.add(100us);
    voting.add(30ms);
    const auto formed = voting.form(5);
    ASSERT_TRUE(formed.has_value());
    ASSERT_TRUE(formed->continued);
    EXPECT_EQ(voting.members()[3]->state, MemberState::joining);
    EXPECT_FALSE(voting.members()[3]->clock.counted);
    EXPECT_EQ(voting.members()[3]->verdict.charge, Charge::being_measured);
    EXPECT_EQ(voting.members()[4]->state, MemberState::excluded);
    EXPECT_EQ(voting.members()[4]->verdict.charge, Charge::off_when_formed);
}

// And of claims the one that is known best counts most: a feigned certainty is as uncertain as our
// exchanges with who feigns it.
TEST(Forming, OurOwnLineIsAClaimAmongTheOthers) {
    const auto formed_with = [](Duration own_sigma, Duration claimed_sigma) {
        Voting voting;
        Claim claim = claim_at(50ms, 1ms);
        claim.sigma = claimed_sigma;
        voting.add(0ms, 2, claim);
        OwnReading own = own_clock();
        own.line = BoundedLine{{kNow.raw, kOurSystem + 52ms, 0}, 1ms, 0, own_sigma};
        own.epoch = 2;
        const auto formed = voting.form(3, own);
        EXPECT_TRUE(formed && formed->continued);
        return formed->at_now - kOurSystem;
    };
    expect_near(formed_with(1ms, 1ms), 51ms);
    expect_near(formed_with(1ms, 1s), 52ms);
    expect_near(formed_with(1s, 1ms), 50ms);
    EXPECT_GT(formed_with(0ns, 0ns), Duration{51900us});
}

TEST(Forming, AMinorityThatKnowsClusterTimeDoesNotDecide) {
    Voting voting;
    voting.add(0ms, 3, claim_at(1h, 1ms));
    voting.add(0ms);
    voting.add(0ms);
    voting.add(0ms);
    const auto formed = voting.form(5);
    ASSERT_TRUE(formed.has_value());
    EXPECT_FALSE(formed->continued);
    EXPECT_EQ(formed->epoch, 4U);  // beyond every epoch that anyone may still hold
    expect_near(formed->at_now - kOurSystem, 0ns);
}

TEST(Forming, ALyingClaimInTheSameEpochIsOutvoted) {
    Voting voting;
    voting.add(0ms, 3, claim_at(70ms, 1ms));
    voting.add(0ms, 3, claim_at(71ms, 1ms));
    voting.add(0ms, 3, claim_at(1h, 1ns));
    voting.add(0ms, 3, claim_at(69ms, 1ms));
    const auto formed = voting.form(5);
    ASSERT_TRUE(formed.has_value());
    EXPECT_TRUE(formed->continued);
    expect_near(formed->at_now - kOurSystem, 70ms);
    EXPECT_EQ(voting.members()[2]->state, MemberState::excluded);
}

TEST(Forming, WhoCountsGetsTheRateOfItsSystemClock) {
    Voting voting;
    Member& member = voting.add(0ms);
    member.told->system_rate = 100 * kPpm;
    ASSERT_TRUE(voting.form(2).has_value());
    EXPECT_TRUE(member.clock.counted);
    EXPECT_NEAR(member.clock.expected_rate, -100 * kPpm, 1e-7);
}

}  // namespace
}  // namespace berkeley
