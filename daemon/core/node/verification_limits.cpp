#include "daemon/core/node/verification_limits.hpp"

namespace berkeley {

bool VerificationLimits::permits(std::uint64_t place, SteadyTime now) {
    TokenBucket& own = by_place_[place % by_place_.size()];
    if (!own.holds(kOfOnePlace, now) || !in_all_.holds(kInAll, now))
        return false;
    own.take();
    in_all_.take();
    return true;
}

}  // namespace berkeley
