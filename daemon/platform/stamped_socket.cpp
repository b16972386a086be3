#include "daemon/platform/stamped_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/port_owner.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley {

namespace {

// More than a ring of network cards holds; a flood of them must not keep us from our timers.
constexpr int kMaxErrorsAtOnce = 256;

// Room for the control messages of one datagram: its stamp, and the error with its origin.
constexpr std::size_t kControlSize = 512;

struct Header {
    explicit Header(std::span<std::uint8_t> buffer) : data{buffer.data(), buffer.size()} {
        message.msg_name = &from.storage;
        message.msg_namelen = from.size;
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
    }

    SocketAddress from;
    iovec data;
    alignas(cmsghdr) std::array<char, kControlSize> control{};
    msghdr message{};
};

std::optional<SystemTime> stamp_in(const cmsghdr& control) {
    if (control.cmsg_level != SOL_SOCKET || control.cmsg_type != SCM_TIMESTAMPING) {
        return std::nullopt;
    }
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(&control), sizeof stamps);
    const timespec& software = stamps.ts[0];
    if (software.tv_sec == 0 && software.tv_nsec == 0)
        return std::nullopt;
    return SystemTime{std::int64_t{software.tv_sec} * 1'000'000'000 + software.tv_nsec};
}

std::optional<std::uint32_t> stamped_id_in(const cmsghdr& control) {
    const bool is_error = (control.cmsg_level == SOL_IP && control.cmsg_type == IP_RECVERR) ||
                          (control.cmsg_level == SOL_IPV6 && control.cmsg_type == IPV6_RECVERR);
    if (!is_error)
        return std::nullopt;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(&control), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_TIMESTAMPING || error.ee_info != SCM_TSTAMP_SND) {
        return std::nullopt;
    }
    return error.ee_data;
}

std::string port_taken(const std::string& where, std::uint16_t port) {
    const std::string owner = udp_port_owner(port);
    if (owner.empty()) {
        return fmt::format(
            "cannot listen on UDP {}: another program has that port; `ss -ulpn 'sport = :{}'` (as "
            "root) tells which one. Stop it, or choose another port with `listen`",
            where, port);
    }
    return fmt::format(
        "cannot listen on UDP {}: {} has that port. Stop it, or choose another port with `listen`",
        where, owner);
}

std::string why_not_bound(const Endpoint& local, int error) {
    const std::string where = endpoint_text(local);
    switch (error) {
        case EADDRINUSE:
            return port_taken(where, local.port);
        case EADDRNOTAVAIL:
            return fmt::format(
                "cannot listen on UDP {}: this machine has no such address; `ip address` lists "
                "those it has. Correct `listen`, or use \"::\" for all of them",
                where);
        case EACCES:
        case EPERM:
            return fmt::format(
                "cannot listen on UDP {}: ports below 1024 need root; choose a higher one with "
                "`listen`",
                where);
        default:
            return fmt::format("cannot listen on UDP {}: {}", where, error_text(error));
    }
}

int switch_on(int socket, int level, int option, int value) {
    return setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

tl::expected<StampedSocket, std::string> StampedSocket::open(const Endpoint& local) {
    constexpr int kType = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int family = is_ipv4(local) ? AF_INET : AF_INET6;
    FileDescriptor fd(::socket(family, kType, 0));
    if (!fd && errno == EAFNOSUPPORT && is_unspecified(local)) {
        family = AF_INET;  // a kernel without IPv6
        fd = FileDescriptor(::socket(family, kType, 0));
    }
    if (!fd)
        return tl::unexpected(why_not_bound(local, errno));
    if (family == AF_INET6) {
        // Beside a socket for 0.0.0.0 on the same port, only "::" itself means both.
        switch_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, is_unspecified(local) ? 0 : 1);
    }
    const std::optional<SocketAddress> address = to_socket_address(local, family);
    if (!address)
        return tl::unexpected(why_not_bound(local, EADDRNOTAVAIL));
    if (::bind(fd.get(), address->get(), address->size) != 0) {
        return tl::unexpected(why_not_bound(local, errno));
    }
    StampedSocket opened(std::move(fd), family);
    opened.enable_stamps();
    return opened;
}

Endpoint StampedSocket::local() const {
    SocketAddress address;
    getsockname(socket_.get(), address.get(), &address.size);
    return to_endpoint(address);
}

bool StampedSocket::reaches(const Endpoint& to) const {
    if (!to_socket_address(to, family_))
        return false;
    if (family_ == AF_INET || !is_ipv4(to))
        return true;
    int only_v6 = 0;
    socklen_t size = sizeof only_v6;
    getsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, &size);
    return only_v6 == 0;
}

tl::expected<std::uint32_t, int> StampedSocket::send(std::span<const std::uint8_t> bytes,
                                                     const Endpoint& to) {
    const std::optional<SocketAddress> address = to_socket_address(to, family_);
    if (!address)
        return tl::unexpected(EAFNOSUPPORT);
    // An error that an earlier datagram met (ICMP) is told once, in place of this one's sending.
    for (int attempt = 0; attempt < 2; ++attempt) {
        const ssize_t sent = ::sendto(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL,
                                      address->get(), address->size);
        if (sent >= 0)
            return next_id_++;
        if (errno != ECONNREFUSED && errno != EINTR)
            break;
    }
    const int error = errno;
    // Kernels differ in whether a failed call uses up an id: begin to count anew.
    enable_stamps();
    return tl::unexpected(error);
}

std::optional<ReceivedDatagram> StampedSocket::receive(std::span<std::uint8_t> buffer) {
    for (int attempt = 0; attempt < kMaxErrorsAtOnce; ++attempt) {
        Header header(buffer);
        const ssize_t size = recvmsg(socket_.get(), &header.message, MSG_TRUNC);
        if (size < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK)
                return std::nullopt;
            continue;  // told once, of an earlier datagram of ours
        }
        header.from.size = header.message.msg_namelen;
        ReceivedDatagram received{to_endpoint(header.from), static_cast<std::size_t>(size), {}};
        for (cmsghdr* c = CMSG_FIRSTHDR(&header.message); c != nullptr;
             c = CMSG_NXTHDR(&header.message, c)) {
            if (const auto stamp = stamp_in(*c))
                received.stamp = stamp;
        }
        return received;
    }
    return std::nullopt;
}

std::optional<SentStamp> StampedSocket::take_sent_stamp() {
    for (int taken = 0; taken < kMaxErrorsAtOnce; ++taken) {
        std::array<std::uint8_t, 1> none{};  // OPT_TSONLY: the datagram itself does not come back
        Header header(none);
        if (recvmsg(socket_.get(), &header.message, MSG_ERRQUEUE) < 0)
            return std::nullopt;
        std::optional<SystemTime> stamp;
        std::optional<std::uint32_t> id;
        for (cmsghdr* c = CMSG_FIRSTHDR(&header.message); c != nullptr;
             c = CMSG_NXTHDR(&header.message, c)) {
            if (const auto found = stamp_in(*c))
                stamp = found;
            if (const auto found = stamped_id_in(*c))
                id = found;
        }
        if (stamp && id)
            return SentStamp{*id, *stamp};
    }
    return std::nullopt;
}

void StampedSocket::enable_stamps() {
    // Off and on again: only the change from off to on sets the kernel's count of ids to zero.
    switch_on(socket_.get(), SOL_SOCKET, SO_TIMESTAMPING, 0);
    // A kernel that refuses leaves the datagrams without stamps, which is provided for.
    switch_on(socket_.get(), SOL_SOCKET, SO_TIMESTAMPING,
              SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
                  SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
                  SOF_TIMESTAMPING_OPT_TSONLY);
    next_id_ = 0;
    while (take_sent_stamp()) {
    }
}

}  // namespace berkeley
