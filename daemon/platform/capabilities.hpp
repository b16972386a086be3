// Gives up all privileges but the one to steer the clock (capabilities(7), by libcap-ng).
//
// There are two normal starts: as root, dropping here; and as the unit's user with CAP_SYS_TIME in
// the ambient set, where there is nothing to change but what is too much.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>
#include <tl/expected.hpp>

namespace berkeley {

struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
};

// The error is a sentence for the operator.
tl::expected<Account, std::string> find_account(const std::string& name);

bool may_set_clock();

struct Privileges {
    bool set_clock = false;          // keep CAP_SYS_TIME
    std::optional<Account> account;  // change to this user; only root can
};

// Irrevocable. After an error the process must not go on: it may hold more than it was to keep.
tl::expected<void, std::string> confine(const Privileges& privileges);

// What can be given up besides: by root, but not by the unit's user, for whom the unit does it.
struct Droppable {
    bool bounds = false;  // the bounding set (CAP_SETPCAP)
    bool groups = false;  // supplementary groups (CAP_SETGID)
};

// What /proc/self/status says of a process, as text: whether it holds what it should and no more.
// Empty if so, else a sentence. Apart from confine() so that it can be tried on any text.
std::string excess_privileges(const std::string& proc_status, const Privileges& privileges,
                              const Droppable& droppable);

}  // namespace berkeley
