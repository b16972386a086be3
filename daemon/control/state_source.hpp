// What the control interface asks of the daemon. Called from the daemon's one thread, while no
// event is being handled, so that an answer is never half of an old state and half of a new one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/control/candidates_account.hpp"
#include "daemon/control/enrolment_account.hpp"
#include "daemon/core/node/status.hpp"

namespace berkeley {

class StateSource {
  public:
    virtual ~StateSource() = default;

    virtual NodeStatus status() = 0;
    virtual std::vector<MemberStatus> members() = 0;
    virtual Tracking tracking() = 0;

    // The machine's own CLOCK_MONOTONIC_RAW, in nanoseconds, at the very reading that gave the
    // `raw` and `system` of the last tracking(): also with a simulated clock, so that daemons of
    // one machine can be put side by side.
    virtual std::int64_t host_raw_ns() = 0;

    // Who the candidates are, by the latest roster that this node holds.
    virtual CandidatesStatus candidates() = 0;

    // What only a candidate knows; elsewhere a sentence for the operator, with whom to ask.
    // Invitations that have not expired, the oldest first.
    virtual tl::expected<std::vector<InvitationStatus>, std::string> invitations() = 0;
    // In the order of their names; those revoked, too.
    virtual tl::expected<std::vector<EnrolledNode>, std::string> enrolled() = 0;
};

}  // namespace berkeley
