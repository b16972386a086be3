// A crystal: true time in, raw time out. Its rate starts with an error and wanders as a random
// walk; faults change it.
#pragma once

#include <cstdint>
#include <random>

#include "daemon/core/time/rate.hpp"

namespace berkeley::sim {

using TrueTime = Instant<struct TrueClock>;
using Random = std::mt19937_64;

class Oscillator {
  public:
    struct Shape {
        double rate_error = 0;   // against true time
        double wander = 1e-9;    // random walk of the rate, per square root of a second
        double ramp_per_s = 0;   // temperature going one way
        Duration ramp_turns{0};  // and back, after this long each way; 0: never
        TrueTime ramp_begins{};
        RawTime at_start{};  // what the raw clock reads at true time 0
    };

    Oscillator(const Shape& shape, std::uint64_t seed);

    // Successive calls must not go back in true time.
    RawTime raw_at(TrueTime now);
    TrueTime true_at(RawTime raw) const;  // ahead, if the rate stays as it is
    double rate_error() const { return rate_; }

    void jump_rate(double by) { rate_ += by; }
    void drag(double per_s) { shape_.ramp_per_s = per_s; }
    void jump(Duration by) { raw_at_segment_ = raw_at_segment_ + by; }

  private:
    double warmed() const;

    Shape shape_;
    Random random_;
    double rate_;
    TrueTime segment_;  // a second of constant rate begins here
    RawTime raw_at_segment_;
    double residue_ns_ = 0;  // of raw_at_segment_
};

}  // namespace berkeley::sim
