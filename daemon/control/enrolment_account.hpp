// Who has been let into the cluster here, and who may still come, for the control interface.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/public_key.hpp"

namespace berkeley {

struct InvitationStatus {
    InvitationId id;
    bool votes = false;
    Duration left{0};                    // until it expires
    std::optional<std::string> used_by;  // the node that came by it
    bool candidate = false;              // which is to be a candidate
};

struct EnrolledNode {
    std::string name;
    PublicKey key;
    bool votes = false;
    bool revoked = false;
};

}  // namespace berkeley
