#include "daemon/platform/peer_credentials.hpp"

#include <algorithm>
#include <cerrno>

#include <grp.h>
#include <sys/socket.h>

namespace berkeley {
namespace {

constexpr std::size_t kMostGroups = 65'536;  // NGROUPS_MAX
constexpr std::size_t kLongestEntry = std::size_t{1024} * 1024;

std::vector<gid_t> peer_groups(int socket) {
    std::vector<gid_t> groups(64);
    while (true) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
            groups.resize(size / sizeof(gid_t));
            return groups;
        }
        if (errno != ERANGE || groups.size() >= kMostGroups)
            return {};
        groups.resize(groups.size() * 4);
    }
}

}  // namespace

PeerCredentials peer_credentials(int socket) {
    ucred found{};
    socklen_t size = sizeof found;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0)
        return {};
    return {found.pid, found.uid, found.gid, peer_groups(socket)};
}

std::optional<gid_t> find_group(const std::string& name) {
    std::vector<char> strings(4096);
    group entry{};
    group* found = nullptr;
    int failure = 0;
    while ((failure = getgrnam_r(name.c_str(), &entry, strings.data(), strings.size(), &found)) ==
               ERANGE &&
           strings.size() < kLongestEntry) {
        strings.resize(strings.size() * 4);
    }
    return failure == 0 && found != nullptr ? std::optional(found->gr_gid) : std::nullopt;
}

bool may_change(const PeerCredentials& peer, uid_t daemon, std::optional<gid_t> operators) {
    if (peer.uid == static_cast<uid_t>(-1))
        return false;
    if (peer.uid == 0 || peer.uid == daemon)
        return true;
    return operators && (peer.gid == *operators ||
                         std::ranges::find(peer.groups, *operators) != peer.groups.end());
}

}  // namespace berkeley
