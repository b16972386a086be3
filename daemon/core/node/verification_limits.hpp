// How many strangers' proofs are checked: each costs some 150 µs, and anybody can send them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/core/node/token_bucket.hpp"

namespace berkeley {

// Where somebody is, by numbers that nobody outside can foretell: what one machine may have of
// addresses, and what one network may.
struct Origin {
    std::uint64_t place = 0;
    std::uint64_t site = 0;
};

class VerificationLimits {
  public:
    // After a restart of its candidate, a cluster of 10,000 is back in half a minute, for a tenth
    // of one processor; in a minute, if all of it is one site. One place alone may be a whole rack
    // behind one address. One site alone leaves half to all others.
    static constexpr BucketSize kInAll{400, 400};
    static constexpr BucketSize kOfOneSite{200, 200};
    static constexpr BucketSize kOfOnePlace{50, 100};

    bool permits(const Origin& origin, SteadyTime now);

  private:
    TokenBucket in_all_;
    // Each goes by its number into one bucket of many; two in one share it.
    std::array<TokenBucket, 256> by_site_{};
    std::array<TokenBucket, 1024> by_place_{};
};

}  // namespace berkeley
