// Which references are believed, by their own word and each other's.
#include "daemon/core/node/references.hpp"

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

struct Bench {
    explicit Bench(std::size_t number) : records(number), readings(number, Reading{0ns, 1ms}) {
        outside.assign(number, Outside{.synchronized = true, .max_error = 1ms});
        granted.assign(number, true);
        silent.assign(number, false);
    }

    std::vector<ReferenceTestimony> testimonies() {
        std::vector<ReferenceTestimony> all;
        for (std::size_t i = 0; i < records.size(); ++i)
            all.push_back({.record = &records[i],
                           .name = "r",
                           .granted = granted[i],
                           .silent = silent[i],
                           .outside = outside[i],
                           .reading = readings[i]});
        return all;
    }

    std::optional<Duration> round() {
        now = now + 1s;
        return references.judge(testimonies(), now);
    }

    std::optional<Duration> rounds(int number) {
        std::optional<Duration> last;
        for (int i = 0; i < number; ++i)
            last = round();
        return last;
    }

    ReferenceCharge charge(std::size_t i) const { return records[i].verdict.charge; }

    std::vector<ReferenceRecord> records;
    std::vector<Reading> readings;
    std::vector<Outside> outside;
    std::vector<bool> granted;
    std::vector<bool> silent;
    References references;
    RawTime now{1'000'000'000'000};
};

TEST(References, HaveToProveThemselvesFirst) {
    Bench bench(1);
    EXPECT_EQ(bench.rounds(30), std::nullopt);
    EXPECT_EQ(bench.charge(0), ReferenceCharge::being_measured);
    EXPECT_GT(bench.records[0].verdict.probation, 0ns);
    EXPECT_EQ(bench.rounds(2), 0ns);
    EXPECT_TRUE(bench.records[0].verdict.believed());
}

TEST(References, AreBelievedAtOnceWhenClusterTimeBeginsWithThem) {
    Bench bench(1);
    References::admit(bench.testimonies(), bench.now);
    EXPECT_EQ(bench.round(), 0ns);
}

TEST(References, ArePutOutForWhatTheirKernelsSay) {
    Bench bench(4);
    bench.rounds(40);
    bench.outside[0].synchronized = false;
    bench.outside[1].max_error = 600ms;
    bench.silent[2] = true;
    bench.granted[3] = false;
    EXPECT_EQ(bench.round(), std::nullopt);
    EXPECT_EQ(bench.charge(0), ReferenceCharge::unsynchronized);
    EXPECT_EQ(bench.charge(1), ReferenceCharge::uncertain);
    EXPECT_EQ(bench.charge(2), ReferenceCharge::silent);
    EXPECT_EQ(bench.charge(3), ReferenceCharge::not_granted);
    bench.outside[0].synchronized = true;
    EXPECT_EQ(bench.rounds(29), std::nullopt) << "it has to prove itself again";
    EXPECT_EQ(bench.rounds(3), 0ns);
}

TEST(References, OneThatMovesByMoreThanItMayErrHasJumped) {
    Bench bench(1);
    bench.rounds(40);
    bench.readings[0].offset = 1900us;
    EXPECT_EQ(bench.round(), Duration{1900us}) << "within what it states";
    bench.readings[0].offset = 1900us + 2500us;
    EXPECT_EQ(bench.round(), std::nullopt);
    EXPECT_EQ(bench.charge(0), ReferenceCharge::jumped);
    EXPECT_EQ(bench.records[0].verdict.amount, 2'500'000);
    EXPECT_EQ(bench.rounds(58), std::nullopt);
    EXPECT_NE(bench.rounds(3), std::nullopt);
}

TEST(References, OneThatCreepsAwayFasterThanAnyClockHasJumped) {
    Bench bench(1);
    bench.rounds(40);
    for (int s = 0; s < 60; ++s) {
        bench.readings[0].offset += 300us;  // 300 ppm
        bench.round();
    }
    EXPECT_EQ(bench.charge(0), ReferenceCharge::jumped);
}

TEST(References, EachJumpPutsItOutForTwiceAsLong) {
    Bench bench(1);
    bench.rounds(40);
    std::vector<int> out_for;
    for (int jump = 0; jump < 8; ++jump) {
        bench.readings[0].offset += 50ms;
        int seconds = 0;
        while (!bench.round())
            ++seconds;
        out_for.push_back(seconds);
    }
    EXPECT_NEAR(out_for[0], 60, 2);
    EXPECT_NEAR(out_for[1], 120, 2);
    EXPECT_NEAR(out_for[4], 960, 2);
    EXPECT_NEAR(out_for[6], 3600, 2);
    EXPECT_LE(out_for[7], 3600);
}

TEST(References, AMajorityPutsOutWhoDisagrees) {
    Bench bench(3);
    bench.readings = {{200us, 1ms}, {1500us, 1ms}, {-1500us, 100us}};
    EXPECT_EQ(bench.rounds(40), Duration{850us});
    EXPECT_EQ(bench.charge(2), ReferenceCharge::disagrees);
    EXPECT_TRUE(bench.references.same());
    bench.silent[1] = true;
    EXPECT_EQ(bench.round(), std::nullopt) << "of the two that are left none is a majority";
    EXPECT_FALSE(bench.references.same());
    bench.round();
    EXPECT_TRUE(bench.references.same());
}

// One at the edge would be believed now and not believed then, each second.
TEST(References, OneThatDisagreedHasToAgreeForAWhile) {
    Bench bench(3);
    bench.readings = {{-100us, 1ms}, {-100us, 1ms}, {1500us, 100us}};
    EXPECT_EQ(bench.rounds(40), Duration{-100us});
    EXPECT_EQ(bench.charge(2), ReferenceCharge::disagrees);
    EXPECT_EQ(bench.records[2].verdict.amount, 1'600'000);
    bench.readings[2].bound = 1ms;
    EXPECT_EQ(bench.rounds(29), Duration{500us}) << "where all three meet";
    EXPECT_EQ(bench.charge(2), ReferenceCharge::disagrees);
    EXPECT_GT(bench.records[2].verdict.probation, 0ns);
    bench.rounds(2);
    EXPECT_TRUE(bench.records[2].verdict.believed());
}

TEST(References, OneThatWasNotSeenForLongHasToProveItselfAgain) {
    Bench bench(1);
    bench.rounds(40);
    bench.now = bench.now + 60s;
    EXPECT_EQ(bench.round(), std::nullopt);
    EXPECT_EQ(bench.charge(0), ReferenceCharge::being_measured);
    EXPECT_EQ(bench.rounds(31), 0ns);
}

TEST(References, DoNotJumpWhenClusterTimeIsMoved) {
    Bench bench(1);
    bench.rounds(40);
    References::cluster_time_moved(bench.records[0], 5s);
    bench.readings[0].offset = -5s;
    EXPECT_EQ(bench.round(), Duration{-5s});
}

TEST(References, TwoThatDisagreeAreNone) {
    Bench bench(2);
    bench.readings[1].offset = 5ms;
    EXPECT_EQ(bench.rounds(60), std::nullopt);
    EXPECT_EQ(bench.charge(0), ReferenceCharge::disagrees);
    EXPECT_EQ(bench.charge(1), ReferenceCharge::disagrees);
}

TEST(References, AtTheStartTellWhereClusterTimeBeginsAndHowFastItRuns) {
    Bench bench(3);
    bench.readings = {{3s, 1ms}, {3s + 100us, 1ms}, {900s, 1ms}};
    auto all = bench.testimonies();
    all[0].rate = 10 * kPpm;
    all[1].rate = 12 * kPpm;
    all[2].rate = 400 * kPpm;
    EXPECT_FALSE(References::agree_at_start(all, bench.now));
    bench.now = bench.now + References::kSteadyFor;
    const auto start = References::agree_at_start(all, bench.now);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->reading.offset, 3s + 50us);
    EXPECT_NEAR(start->rate, 11 * kPpm, 1e-12);
    bench.outside[0].synchronized = bench.outside[1].synchronized = false;
    EXPECT_EQ(References::agree_at_start(bench.testimonies(), bench.now)->reading.offset, 900s);
    bench.outside[2].synchronized = false;
    EXPECT_FALSE(References::agree_at_start(bench.testimonies(), bench.now));
}

// An NTP client that has just begun slews, by hundreds of ppm, and another rate each time: the rate
// of a cluster time that began with it would be so far off that the reference seems to run away
// from it.
TEST(References, AtTheStartHaveToRunSteadily) {
    Bench bench(1);
    for (int second = 0; second < 60; ++second) {
        auto all = bench.testimonies();
        all[0].told_rate =
            second < 30 ? (second / 4) * 40 * kPpm : 170 * kPpm + second * 0.1 * kPpm;
        EXPECT_EQ(References::agree_at_start(all, bench.now).has_value(), second >= 50) << second;
        bench.now = bench.now + 1s;
    }
}

}  // namespace
}  // namespace berkeley
