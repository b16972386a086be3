// Who is at the other end of a Unix socket (SO_PEERCRED, SO_PEERGROUPS), as of its connect(2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace berkeley {

struct PeerCredentials {
    pid_t pid = 0;
    uid_t uid = static_cast<uid_t>(-1);  // nobody in particular
    gid_t gid = static_cast<gid_t>(-1);
    std::vector<gid_t> groups;  // beside `gid`
};

PeerCredentials peer_credentials(int socket);

// Nothing if there is no such group, or no telling.
std::optional<gid_t> find_group(const std::string& name);

// Root, the daemon's own user, and the members of `operators` may change what the daemon does.
bool may_change(const PeerCredentials& peer, uid_t daemon, std::optional<gid_t> operators);

}  // namespace berkeley
