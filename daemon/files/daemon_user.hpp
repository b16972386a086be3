// The user that the shipped unit runs the daemon as.
#pragma once

#include <optional>

#include <sys/types.h>

namespace berkeley {

struct DaemonUser {
    uid_t uid = 0;
    gid_t gid = 0;
};

// None if this machine has no such user.
std::optional<DaemonUser> daemon_user();

}  // namespace berkeley
