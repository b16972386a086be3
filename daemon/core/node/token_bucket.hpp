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
    bool holds_one(const BucketSize& size, SteadyTime now);
    void take_one() { --tokens_; }  // if it holds one

  private:
    double tokens_ = 0;
    SteadyTime filled_at_;
    bool used_ = false;
};

}  // namespace berkeley
