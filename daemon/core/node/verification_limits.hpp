// How many strangers' proofs are checked: each costs some 200 µs, and anybody can send them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

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

class VerificationLimits {
  public:
    // After a restart of its candidate, a cluster of 10,000 is back in half a minute, for a tenth
    // of one processor. One place alone may be a whole rack behind one address.
    static constexpr BucketSize kInAll{400, 400};
    static constexpr BucketSize kOfOnePlace{50, 100};

    // Places go by their number into one bucket of many; two in one share it.
    bool permits(std::uint64_t place, SteadyTime now);

  private:
    TokenBucket in_all_;
    std::array<TokenBucket, 1024> by_place_{};
};

}  // namespace berkeley
