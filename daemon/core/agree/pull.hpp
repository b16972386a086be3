// How cluster time is brought to the time of its references: never by a step. Its rate turns to
// theirs, slowly, and what is left of an offset is pulled away by a small change of rate that is
// limited. So references that come, go or lie move cluster time no faster than that, and lines that
// are told allow for it: a clock that knows nothing of it is within its bound.
//
// A cluster time that was formed from its references does not know their rate yet: for a while it
// turns and is pulled faster, and lines that are told meanwhile allow for that, too.
#pragma once

#include <algorithm>
#include <optional>

#include "daemon/core/time/rate.hpp"

namespace berkeley {

class Pull {
  public:
    // The most that an offset changes the rate by: 18 ms in an hour.
    static constexpr double kMost = 5 * kPpm;
    // An offset decays by this, within that limit; more slowly if readings are that old.
    static constexpr Duration kTimeConstant = 300s;
    // By how much the rate turns to theirs in a second, and in all: 25 ppm in an hour.
    static constexpr double kMostTurn = 25 * kPpm / 3600;
    static constexpr double kMostTurned = 50 * kPpm;
    // The time of that is over before a member has learned what rate to believe in (Belief).
    static constexpr Duration kLearning = 480s;

    // Cluster time goes on, and another master pulled it by that.
    void go_on(double pull) { pull_ = std::clamp(pull, -kMost, kMost); }
    // It was moved, and they were not.
    void cluster_time_moved(Duration by) {
        if (last_off_)
            *last_off_ -= by;
    }
    // Cluster time was formed from them.
    void begin_learning() { learning_ = kLearning; }

    // One round, `elapsed` after the last. `off`: the references' time − cluster time; nothing if
    // none is believed. `same`: it is of the same references as the last time. `turn_limit`: the
    // most that the rate may change in this round. `poll`: how old a reading may be. Returns by how
    // much the rate of the clocks' own timescale is to turn.
    double steer(std::optional<Duration> off, bool same, Duration elapsed, Duration poll,
                 double turn_limit);

    // Of cluster time against the clocks' own timescale.
    double rate() const { return pull_; }

    // By how much the rate may yet change by all this: what a line that is told is to allow for.
    double margin() const;

    static Duration time_for(Duration off);

  private:
    void watch_rate(Duration off, bool same, Duration elapsed);
    double turn(Duration elapsed, double limit);
    void pull(std::optional<Duration> off, Duration elapsed, Duration poll, double limit);
    double rate_to_keep() const;
    bool learning() const;

    double pull_ = 0;
    std::optional<Duration> last_off_;
    double turned_ = 0;     // all turns since it began
    double allowance_ = 0;  // for more of them: what was not turned in the last minutes
    double kept_ = 0;       // of what was lost with the references, still to be turned by
    double rate_off_ = 0;   // of the references against the clocks' own timescale, as seen so far
    Duration seen_for_{0};
    Duration learning_{0};
};

}  // namespace berkeley
