#include "daemon/core/agree/ensemble.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

// Clocks with given rates against the master's raw clock; the first is the master's own, 0.
class Clocks {
  public:
    Clocks(Ensemble& ensemble, std::vector<double> rates)
        : ensemble_(ensemble), rates_(std::move(rates)), clocks_(rates_.size()) {
        for (std::size_t i = 0; i < rates_.size(); ++i) {
            votes_.push_back(Vote{i + 1});
            join(i);
        }
    }

    void join(std::size_t i) { clocks_[i] = {ensemble_.rate_against_cluster(rates_[i]), true}; }
    void leave(std::size_t i) { clocks_[i].counted = false; }
    void change(std::size_t i, double by) { rates_[i] += by; }
    void share_one_vote(const std::vector<std::size_t>& sharing) {
        for (const std::size_t i : sharing)
            votes_[i] = votes_[sharing.front()];
    }
    double sigma = 0;

    void steer(Duration elapsed = 1s, Duration poll = 1s) {
        std::vector<EnsembleInput> inputs;
        for (std::size_t i = 0; i < rates_.size(); ++i) {
            inputs.push_back({&clocks_[i], rates_[i], i == 0 ? 0 : sigma, votes_[i]});
        }
        ensemble_.steer(inputs, elapsed, poll);
    }

  private:
    Ensemble& ensemble_;
    std::vector<double> rates_;
    std::vector<EnsembleClock> clocks_;
    std::vector<Vote> votes_;
};

const std::vector<double> kFive{0, 37 * kPpm, -12 * kPpm, 90 * kPpm, 5 * kPpm};

TEST(Ensemble, StandsStillWhileNoClockChangesHoweverFastTheyRun) {
    Ensemble ensemble;
    ensemble.begin(-20 * kPpm);
    Clocks clocks(ensemble, kFive);
    for (int i = 0; i < 10'000; ++i)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), -20 * kPpm, 1e-15);
}

TEST(Ensemble, RatesAgainstTheClusterAreExact) {
    Ensemble ensemble;
    ensemble.begin(100 * kPpm);
    EXPECT_NEAR(ensemble.rate_against_cluster(100 * kPpm), 0, 1e-18);
    EXPECT_NEAR(ensemble.rate_against_cluster(0), 1 / 1.0001 - 1, 1e-16);
}

TEST(Ensemble, FollowsWhatAllClocksDo) {
    Ensemble ensemble;
    Clocks clocks(ensemble, kFive);
    clocks.sigma = 0.5 * kPpm;
    constexpr double kChange = 0.01 * kPpm;
    for (std::size_t i = 0; i < 5; ++i)
        clocks.change(i, kChange);
    for (int s = 0; s < 300; ++s)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), kChange * (1 - std::exp(-1)), 0.01 * kChange);
    for (int s = 0; s < 3'000; ++s)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), kChange, 1e-3 * kChange);
}

// Or it was the master's own clock that changed: cluster time must not go with it.
TEST(Ensemble, FollowsAtOnceWhatIsFarTooMuchForNoise) {
    Ensemble ensemble;
    Clocks clocks(ensemble, kFive);
    clocks.sigma = 0.01 * kPpm;
    for (std::size_t i = 1; i < 5; ++i)
        clocks.change(i, -1 * kPpm);
    for (int s = 0; s < 60; ++s)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), -1 * kPpm, 0.05 * kPpm);
}

// A clock that ages, or was not known well when it began to count, is expected to be what it is.
TEST(Ensemble, ExpectsOfAClockWhatItDidForAnHour) {
    Ensemble ensemble;
    Clocks clocks(ensemble, kFive);
    clocks.change(1, 1 * kPpm);
    for (int s = 0; s < 20'000; ++s)
        clocks.steer();
    const double before = ensemble.rate();
    for (const std::size_t other : {2U, 3U, 4U})
        clocks.leave(other);
    for (int s = 0; s < 3'600; ++s)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), before, 0.01 * kPpm);
}

// Formed by the master alone as it were, cluster time comes to run as the clocks did together.
TEST(Ensemble, FormedAnewTurnsSlowlyToTheMedianOfTheClocks) {
    Ensemble ensemble;
    ensemble.begin_anew(0);
    Clocks clocks(ensemble, kFive);
    for (std::size_t i = 0; i < 5; ++i)
        clocks.change(i, 2 * kPpm);
    for (int s = 0; s < 119; ++s)
        clocks.steer();
    EXPECT_EQ(ensemble.rate(), 0) << "the rates are not known yet";
    for (int s = 0; s < 720; ++s)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), 1 * kPpm, 0.01 * kPpm) << "5 ppm an hour";
    for (int s = 0; s < 1'440; ++s)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), 2 * kPpm, 0.01 * kPpm);
}

TEST(Ensemble, AMastersClockThatSpeedsUpIsOneOfMany) {
    Ensemble ensemble;
    Clocks clocks(ensemble, kFive);
    constexpr double kChange = 0.01 * kPpm;
    // Its own rate is 0 by definition: all the others seem to slow down.
    for (std::size_t i = 1; i < 5; ++i)
        clocks.change(i, -kChange);
    for (int s = 0; s < 10'000; ++s)
        clocks.steer();
    EXPECT_LT(ensemble.rate(), -0.75 * kChange);
    EXPECT_GE(ensemble.rate(), -kChange - 1e-15);
}

TEST(Ensemble, NeverTurnsFasterThanItsLimit) {
    for (const Duration poll : {Duration{50ms}, Duration{1s}, Duration{16s}, Duration{90s}}) {
        Ensemble ensemble;
        Clocks clocks(ensemble, kFive);
        for (std::size_t i = 0; i < 5; ++i)
            clocks.change(i, 200 * kPpm);
        double last = 0;
        for (int s = 0; s < 1'000; ++s) {
            clocks.steer(1s, poll);
            EXPECT_LE(std::abs(ensemble.rate() - last), Ensemble::turn_limit(poll) * (1 + 1e-9));
            EXPECT_GT(ensemble.rate(), last);
            last = ensemble.rate();
        }
    }
}

TEST(Ensemble, TheTurnLimitKeepsALateMemberWithinItsLateness) {
    for (const double poll_s : {1.0, 3.23, 16.0, 64.0, 300.0}) {
        const double limit = Ensemble::turn_limit(seconds(poll_s));
        const double late = 2 * poll_s;
        EXPECT_LE(limit * late * late / 2, as_seconds(Ensemble::kLateness) * (1 + 1e-9));
    }
}

TEST(Ensemble, AClockThatJoinsOrLeavesMovesNothing) {
    for (const double rate : {0.0, 300 * kPpm, -500 * kPpm}) {
        Ensemble ensemble;
        std::vector<double> rates = kFive;
        rates.push_back(rate);
        Clocks clocks(ensemble, rates);
        clocks.leave(5);
        for (int s = 0; s < 600; ++s)
            clocks.steer();
        const double before = ensemble.rate();
        clocks.join(5);
        clocks.steer();
        EXPECT_NEAR(ensemble.rate(), before, 1e-15);
        clocks.leave(5);
        clocks.leave(1);
        clocks.steer();
        EXPECT_NEAR(ensemble.rate(), before, 1e-15);
    }
}

// While the ensemble is on its way somewhere a leaver may turn it, but by no more than the limit.
TEST(Ensemble, LeavingInTheMiddleOfAChangeTurnsItByLessThanTheLimit) {
    for (std::size_t leaver = 0; leaver < 5; ++leaver) {
        Ensemble ensemble;
        Clocks clocks(ensemble, kFive);
        for (std::size_t i = 0; i < 5; ++i)
            clocks.change(i, static_cast<double>(i) * kPpm);
        for (int s = 0; s < 100; ++s)
            clocks.steer();
        const double before = ensemble.rate();
        clocks.leave(leaver);
        clocks.steer();
        EXPECT_LE(std::abs(ensemble.rate() - before), Ensemble::turn_limit(1s) * (1 + 1e-9));
    }
}

// The virtual machines of a host whose oscillator changed are a majority of the clocks.
TEST(Ensemble, ClocksThatShareAVoteAreFollowedByNobody) {
    for (const bool sharing : {false, true}) {
        Ensemble ensemble;
        Clocks clocks(ensemble, kFive);
        if (sharing)
            clocks.share_one_vote({2, 3, 4});
        for (const std::size_t i : {2U, 3U, 4U})
            clocks.change(i, 3 * kPpm);
        for (int s = 0; s < 1'800; ++s)
            clocks.steer();
        EXPECT_NEAR(ensemble.rate(), sharing ? 0 : 3 * kPpm, 0.1 * kPpm) << sharing;
    }
}

TEST(Ensemble, ClocksThatShareAVoteWithTheMastersDoNotHoldUpTheOthers) {
    Ensemble ensemble;
    Clocks clocks(ensemble, kFive);
    clocks.share_one_vote({0, 1, 2});
    for (const std::size_t i : {3U, 4U})
        clocks.change(i, -3 * kPpm);  // as the master sees them: its own host's became faster
    for (int s = 0; s < 1'800; ++s)
        clocks.steer();
    EXPECT_NEAR(ensemble.rate(), -3 * kPpm, 0.1 * kPpm);
}

TEST(Ensemble, OneRacingClockOfFiveCannotDragTheOthers) {
    for (const double race : {3 * kPpm, -500 * kPpm, 0.3}) {
        for (std::size_t racer = 1; racer < 5; ++racer) {
            Ensemble ensemble;
            Clocks clocks(ensemble, kFive);
            clocks.change(racer, race);
            for (int s = 0; s < 7'200; ++s)
                clocks.steer();
            EXPECT_NEAR(ensemble.rate(), 0, 1e-12) << racer;
        }
    }
}

TEST(Ensemble, OneRacingClockPullsNoFurtherThanTheHonestGo) {
    Ensemble ensemble;
    Clocks clocks(ensemble, kFive);
    clocks.change(1, 0.001 * kPpm);
    clocks.change(2, -0.001 * kPpm);
    clocks.change(4, 100 * kPpm);
    for (int s = 0; s < 7'200; ++s)
        clocks.steer();
    EXPECT_LE(std::abs(ensemble.rate()), 0.001 * kPpm);
}

TEST(Ensemble, RatesNotYetKnownDoNotVote) {
    Ensemble ensemble;
    Clocks clocks(ensemble, kFive);
    for (std::size_t i = 1; i < 5; ++i)
        clocks.change(i, 1 * kPpm);
    clocks.sigma = 1.01 * kPpm;
    for (int s = 0; s < 100; ++s)
        clocks.steer();
    EXPECT_EQ(ensemble.rate(), 0);  // one clock alone changes against nothing
    clocks.sigma = 0.5 * kPpm;
    clocks.steer();
    EXPECT_GT(ensemble.rate(), 0);
}

}  // namespace
}  // namespace berkeley
