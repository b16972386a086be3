#include "daemon/core/node/token_bucket.hpp"

#include <algorithm>

#include "daemon/core/time/rate.hpp"

namespace berkeley {

bool TokenBucket::holds(const BucketSize& size, SteadyTime now, double tokens) {
    const double since = used_ ? std::max(0.0, as_seconds(now - filled_at_)) : 0;
    tokens_ = used_ ? std::min(size.at_once, tokens_ + since * size.per_second) : size.at_once;
    filled_at_ = now;
    used_ = true;
    return tokens_ >= tokens;
}

}  // namespace berkeley
