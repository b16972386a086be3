// The running timescale. Cluster time's phase is continuous; the ensemble steers only its rate, by
// the rates of the member clocks, slowly: measuring is good to microseconds, clocks wander by 1e-9,
// and averaging phases would add noise instead of removing it.
//
// What is followed is the median of the clocks' changes: with 2f+1 clocks, f cannot drag it beyond
// what an honest one shows.
//
// Each clock is held against its own expected rate, as AT1 does: what moves cluster time is that
// clocks *change*, so one that joins or leaves moves nothing, however fast or slow it runs. What is
// expected of a clock is its mean rate against the others over the last hour.
#pragma once

#include <cstdint>
#include <span>

#include "daemon/core/agree/votes.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

// One voting clock as the ensemble sees it, kept with the member it belongs to. The master's own
// clock is one too, with a relative rate that is 0 by definition.
struct EnsembleClock {
    double expected_rate = 0;  // of its raw clock against cluster time
    bool counted = false;
    Duration counted_for{0};
};

struct EnsembleInput {
    EnsembleClock* clock = nullptr;
    double relative_rate = 0;  // of its raw clock against the master's
    double rate_sigma = 0;
    Vote vote;
};

class Ensemble {
  public:
    // How fast the common change of the clocks is followed if it may be noise.
    static constexpr Duration kTimeConstant = 300s;

    // Rate of cluster time against the master's raw clock.
    double rate() const { return rate_; }
    void begin(double rate) { rate_ = rate; }

    // The same for a cluster time that was formed anew, when the rates of clocks were not known:
    // once they are, it turns slowly to the median of the rates that were expected.
    void begin_anew(double rate);

    // One round, `elapsed` after the last. `poll`: how long members wait for news of it; the rate
    // turns so slowly that a member that hears of it two polls late errs by kLateness at the most.
    void steer(std::span<const EnsembleInput> inputs, Duration elapsed, Duration poll);

    // Somebody else knows where the rate is to go: it turns `by` so much, and to nothing else of
    // itself. The clocks are not seen to change by it.
    void turn(std::span<const EnsembleInput> inputs, double by);

    // A clock that counts from now on.
    EnsembleClock newcomer(double relative_rate) const;

    // What a clock is seen to do now against cluster time.
    double rate_against_cluster(double relative_rate) const;

    // The most that `rate` turns in a second to follow the clocks. (To follow them is not to turn:
    // cluster time stays where they let it be.)
    static double turn_limit(Duration poll);

    static constexpr Duration kLateness = 500ns;

    // The most that cluster time turns of itself in a second: 5 ppm in an hour (kTurnMargin).
    static constexpr double kMostTurn = 5 * kPpm / 3600;

  private:
    double rate_ = 0;
    Duration settling_{0};  // until then rates are not known well enough to tell what is owed
    double owed_ = 0;       // by how much the rate is yet to turn of itself
};

}  // namespace berkeley
