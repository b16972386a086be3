// How many strangers' proofs are checked: each costs some 150 µs, and anybody can send them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/core/node/token_bucket.hpp"

namespace berkeley {

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
