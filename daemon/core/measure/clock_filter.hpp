// A peer's raw clock against ours: relative offset and relative rate, by a two-state Kalman filter
// whose measurement is an interval.
//
// An exchange with exponential jitter proves the offset to lie in an interval, and every place in
// there is equally likely. So the Gaussian is not fed a midpoint with a variance: it is multiplied
// by that interval, its edges softened, and the product's mean and variance are kept (moment
// matching of a truncated Gaussian). An exchange that met no queue either way makes a narrow
// interval and counts for much; one that did makes a wide one and costs nothing.
#pragma once

#include "daemon/core/measure/exchange.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

class ClockFilter {
  public:
    struct Prior {
        double rate_sigma = 300 * kPpm;  // a machine's clock is taken for what it is, however poor
        double wander = 1.5e-9;  // of the relative rate: random walk, per square root of a second
    };

    ClockFilter() = default;
    explicit ClockFilter(const Prior& prior) : prior_(prior) {}

    // `softness`: one sigma of the interval's edges.
    // Returns how far outside of the range the offset was expected, if that is too far to be
    // chance; positive when the peer's clock is ahead of what its past explains.
    Duration update(RawTime at, const OffsetRange& range, Duration softness);

    // As somebody else knows it: one more measurement, of both. Not while empty().
    struct Knowledge {
        Duration offset{0};
        Duration offset_sigma{0};
        double rate = 0;
        double rate_sigma = 0;
    };
    void believe(RawTime at, const Knowledge& known);

    bool empty() const { return updates_ == 0; }
    std::int64_t updates() const { return updates_; }

    // The state at the time of the last update, and carried on to `at`.
    RawTime updated_at() const { return at_; }
    Duration offset_at(RawTime at) const;
    Duration offset_sigma_at(RawTime at) const;
    double rate() const { return rate_ * 1e-9; }
    double rate_sigma() const;

    // Of the last range, given all before it.
    double log_likelihood() const { return log_likelihood_; }

    // How many updates since the peer's clock last did what its past did not explain.
    std::int64_t updates_since_surprise() const { return since_surprise_; }

  private:
    void begin(RawTime at, const OffsetRange& range, Duration softness);
    void predict(RawTime at);
    void judge(double low, double high, double softness);
    Duration open_up_if_surprised(double low, double high, double softness);
    void narrow(double low, double high, double softness);
    void absorb(double offset_gain, double rate_gain, double innovation, double removed);
    void rebase();

    struct Covariance {
        double offset = 0;  // ns²
        double cross = 0;   // ns²/s
        double rate = 0;    // (ns/s)²
    };
    static Covariance carried(const Covariance& from, double seconds, double wander);

    Prior prior_{};
    RawTime at_;
    Duration base_{0};   // whole nanoseconds of the offset
    double offset_ = 0;  // ns above base_
    double rate_ = 0;    // ns/s
    Covariance covariance_{};
    std::int64_t updates_ = 0;
    std::int64_t since_surprise_ = 0;
    double log_likelihood_ = 0;
};

}  // namespace berkeley
