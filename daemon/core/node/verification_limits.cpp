#include "daemon/core/node/verification_limits.hpp"

namespace berkeley {

bool VerificationLimits::permits(std::uint64_t place, SteadyTime now) {
    TokenBucket& own = by_place_[place % by_place_.size()];
    if (!own.holds_one(kOfOnePlace, now) || !in_all_.holds_one(kInAll, now))
        return false;
    own.take_one();
    in_all_.take_one();
    return true;
}

}  // namespace berkeley
