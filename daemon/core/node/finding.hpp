// What is wrong with a node, and what to do about it, in words for its operator.
#pragma once

#include <string>

#include "daemon/core/node/following.hpp"
#include "daemon/core/node/leading.hpp"
#include "daemon/core/node/steering.hpp"

namespace berkeley {

struct Finding {
    std::string reason;  // empty if all is well
    std::string advice;  // empty if there is nothing to do
};

// `status` is complete but for the finding. Exactly one of `leading` and `following` is not null;
// `candidacy` is null but on one of several candidates.
Finding find_trouble(const NodeStatus& status, const Leading* leading, const Following* following,
                     const Candidacy* candidacy, const Context& context, const Steering& steering,
                     const Moment& now);

// Why there is no master to follow; only while there is none.
Finding master_trouble(const Following& following, bool is_candidate, const Context& context,
                       const Moment& now);

// How long slewing takes an offset away, about: until the clock is called synchronized.
Duration settling_time(Duration offset);

// "40 s", "12 min", "3.2 h"
std::string about_text(Duration duration);

}  // namespace berkeley
