#include "daemon/platform/packet_stamps.hpp"

#include <cstring>
#include <ctime>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>

namespace berkeley {
namespace {

// The first control message of which `read` makes something. CMSG_NXTHDR() wants no const.
template <class Read>
auto first_in(const msghdr& message, Read read) -> decltype(read(cmsghdr{})) {
    msghdr walked = message;
    for (cmsghdr* c = CMSG_FIRSTHDR(&walked); c != nullptr; c = CMSG_NXTHDR(&walked, c)) {
        if (const auto found = read(*c))
            return found;
    }
    return std::nullopt;
}

std::optional<SystemTime> stamp_of(const cmsghdr& control) {
    if (control.cmsg_level != SOL_SOCKET || control.cmsg_type != SCM_TIMESTAMPING)
        return std::nullopt;
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(&control), sizeof stamps);
    const timespec& software = stamps.ts[0];
    if (software.tv_sec == 0 && software.tv_nsec == 0)
        return std::nullopt;
    return SystemTime{std::int64_t{software.tv_sec} * 1'000'000'000 + software.tv_nsec};
}

std::optional<std::uint32_t> stamped_id_of(const cmsghdr& control) {
    const bool is_error = (control.cmsg_level == SOL_IP && control.cmsg_type == IP_RECVERR) ||
                          (control.cmsg_level == SOL_IPV6 && control.cmsg_type == IPV6_RECVERR);
    if (!is_error)
        return std::nullopt;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(&control), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_TIMESTAMPING || error.ee_info != SCM_TSTAMP_SND)
        return std::nullopt;
    return error.ee_data;
}

}  // namespace

std::optional<SystemTime> stamp_in(const msghdr& message) {
    return first_in(message, [](const cmsghdr& each) { return stamp_of(each); });
}

std::optional<std::uint32_t> stamped_id_in(const msghdr& message) {
    return first_in(message, [](const cmsghdr& each) { return stamped_id_of(each); });
}

}  // namespace berkeley
