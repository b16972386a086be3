// So much at once, and so much in the long run.
#pragma once

#include "daemon/core/time/instant.hpp"

namespace berkeley {

struct BucketSize {
    double per_second = 0;
    double at_once = 0;
};

// Fills with time, and gives what it holds.
class TokenBucket {
  public:
    bool holds(const BucketSize& size, SteadyTime now, double tokens = 1);
    void take(double tokens = 1) { tokens_ -= tokens; }  // if it holds them

  private:
    double tokens_ = 0;
    SteadyTime filled_at_;
    bool used_ = false;
};

}  // namespace berkeley
