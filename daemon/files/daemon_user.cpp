#include "daemon/files/daemon_user.hpp"

#include <array>

#include <pwd.h>

namespace berkeley {

std::optional<DaemonUser> daemon_user() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> strings{};
    getpwnam_r("berkeleyd", &entry, strings.data(), strings.size(), &found);
    if (found == nullptr)
        return std::nullopt;
    return DaemonUser{found->pw_uid, found->pw_gid};
}

}  // namespace berkeley
