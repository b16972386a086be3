#include "daemon/platform/capabilities.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>

#include <cap-ng.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/platform/error_text.hpp"

namespace berkeley {

namespace {

constexpr const char* kProcStatus = "/proc/self/status";

std::optional<std::string> value_of(const std::string& proc_status, const std::string& key) {
    std::istringstream lines(proc_status);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.starts_with(key + ":\t"))
            return line.substr(key.size() + 2);
    }
    return std::nullopt;
}

Droppable droppable_now() {
    capng_get_caps_process();
    return {.bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0,
            .groups = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID) != 0};
}

// To be applied.
void choose(bool set_clock) {
    capng_clear(CAPNG_SELECT_ALL);
    constexpr auto kHeld = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
    if (set_clock)
        capng_update(CAPNG_ADD, kHeld, CAP_SYS_TIME);
}

tl::expected<void, std::string> keep_only(bool set_clock, const Droppable& droppable) {
    if (droppable.groups && setgroups(0, nullptr) != 0) {
        return tl::unexpected(
            fmt::format("cannot leave the supplementary groups: {}", error_text(errno)));
    }
    choose(set_clock);
    // Where the bounding set cannot be lowered, no_new_privs makes it meaningless.
    const int failure = capng_apply(droppable.bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
    if (failure == 0)
        return {};
    return tl::unexpected(fmt::format(
        "cannot drop privileges (capng_apply: {}): capset(2) and prctl(2) must be allowed",
        failure));
}

tl::expected<void, std::string> change_account(const Account& account, bool set_clock) {
    choose(set_clock);
    const auto flags = static_cast<capng_flags_t>(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
    const int failure =
        capng_change_id(static_cast<int>(account.uid), static_cast<int>(account.gid), flags);
    if (failure == 0)
        return {};
    return tl::unexpected(fmt::format(
        "cannot change to user {} (capng_change_id: {}): only root can, with CAP_SETUID, "
        "CAP_SETGID and CAP_SETPCAP; start as root, or leave out the user",
        account.uid, failure));
}

std::string whole_file(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

tl::expected<Account, std::string> find_account(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> strings{};
    const int failure = getpwnam_r(name.c_str(), &entry, strings.data(), strings.size(), &found);
    if (found != nullptr)
        return Account{entry.pw_uid, entry.pw_gid};
    if (failure != 0) {
        return tl::unexpected(
            fmt::format("cannot look up user \"{}\": {}", name, error_text(failure)));
    }
    return tl::unexpected(fmt::format(
        "there is no user \"{0}\": create it with `useradd --system {0}`, or name another", name));
}

bool may_set_clock() {
    capng_get_caps_process();
    return capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_TIME) != 0;
}

tl::expected<void, std::string> confine(const Privileges& privileges) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return tl::unexpected(
            fmt::format("cannot give up gaining privileges: {}", error_text(errno)));
    }
    const bool change = privileges.account && privileges.account->uid != geteuid();
    const Droppable droppable =
        change ? Droppable{.bounds = true, .groups = true} : droppable_now();
    auto done = change ? change_account(*privileges.account, privileges.set_clock)
                       : keep_only(privileges.set_clock, droppable);
    if (!done)
        return done;
    const std::string excess = excess_privileges(whole_file(kProcStatus), privileges, droppable);
    if (!excess.empty())
        return tl::unexpected(excess);
    return {};
}

std::string excess_privileges(const std::string& proc_status, const Privileges& privileges,
                              const Droppable& droppable) {
    const std::uint64_t wanted = privileges.set_clock ? std::uint64_t{1} << CAP_SYS_TIME : 0;
    const std::string held = fmt::format("{:016x}", wanted);
    const std::string none = fmt::format("{:016x}", 0);
    const auto differs = [&proc_status](const char* key, const std::string& expected) {
        return value_of(proc_status, key) != expected;
    };
    for (const char* key : {"CapEff", "CapPrm"}) {
        if (differs(key, held)) {
            return fmt::format("privileges were not dropped: {} in {} is {}, not {}", key,
                               kProcStatus, value_of(proc_status, key).value_or("missing"), held);
        }
    }
    // Kernels before 4.3 have no ambient set to tell of.
    if (differs("CapInh", none) || (value_of(proc_status, "CapAmb") && differs("CapAmb", none))) {
        return fmt::format("privileges could be inherited: CapInh or CapAmb in {} is not 0",
                           kProcStatus);
    }
    if (differs("NoNewPrivs", "1") || (droppable.bounds && differs("CapBnd", none))) {
        return fmt::format(
            "privileges could be regained: NoNewPrivs is not 1 or CapBnd is not 0 in {}",
            kProcStatus);
    }
    // A list with a space after each.
    const std::string groups = value_of(proc_status, "Groups").value_or("missing");
    if (droppable.groups && groups.find_first_not_of(' ') != std::string::npos) {
        return fmt::format("the supplementary groups were not left: see Groups in {}", kProcStatus);
    }
    if (!privileges.account)
        return {};
    const std::string uid = std::to_string(privileges.account->uid);
    const std::string gid = std::to_string(privileges.account->gid);
    if (differs("Uid", fmt::format("{0}\t{0}\t{0}\t{0}", uid)) ||
        differs("Gid", fmt::format("{0}\t{0}\t{0}\t{0}", gid))) {
        return fmt::format("the user was not changed: Uid or Gid in {} is not {} and {}",
                           kProcStatus, uid, gid);
    }
    return {};
}

}  // namespace berkeley
