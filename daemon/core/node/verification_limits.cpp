#include "daemon/core/node/verification_limits.hpp"

namespace berkeley {

bool VerificationLimits::permits(const Origin& origin, SteadyTime now) {
    TokenBucket& place = by_place_[origin.place % by_place_.size()];
    TokenBucket& site = by_site_[origin.site % by_site_.size()];
    if (!place.holds(kOfOnePlace, now) || !site.holds(kOfOneSite, now) ||
        !in_all_.holds(kInAll, now))
        return false;
    for (TokenBucket* each : {&place, &site, &in_all_})
        each->take();
    return true;
}

}  // namespace berkeley
