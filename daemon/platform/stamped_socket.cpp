#include "daemon/platform/stamped_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/packet_stamps.hpp"
#include "daemon/platform/port_owner.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley {

namespace {

constexpr int kReceiveBuffer = 1 << 20;

// Room for the control messages of one stamp, and the error with its origin.
constexpr std::size_t kControlSize = 512;

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

// There is no way there: the kernel sees so before it gives the datagram an id. After other errors
// kernels differ in whether the id was used up.
bool found_before_an_id(int error) {
    return error == EAFNOSUPPORT || error == EINVAL || error == EACCES || error == ENETUNREACH ||
           error == EHOSTUNREACH;
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
    // A burst while we are not running pushes nothing out. net.core.rmem_max limits it.
    switch_on(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
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

tl::expected<void, int> StampedSocket::send(std::span<const std::uint8_t> bytes,
                                            const Endpoint& to) {
    const int error = transmit(bytes, to, {});
    if (error != 0)
        return tl::unexpected(error);
    return {};
}

tl::expected<std::uint32_t, int> StampedSocket::send_stamped(std::span<const std::uint8_t> bytes,
                                                             const Endpoint& to) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> control{};
    cmsghdr wanted{};
    wanted.cmsg_len = CMSG_LEN(sizeof(std::uint32_t));
    wanted.cmsg_level = SOL_SOCKET;
    wanted.cmsg_type = SO_TIMESTAMPING;
    constexpr std::uint32_t kWhenItLeaves = SOF_TIMESTAMPING_TX_SOFTWARE;
    std::memcpy(control.data(), &wanted, sizeof wanted);
    std::memcpy(control.data() + CMSG_LEN(0), &kWhenItLeaves, sizeof kWhenItLeaves);
    const int error = transmit(bytes, to, control);
    if (error == 0)
        return next_id_++;
    if (!found_before_an_id(error))
        enable_stamps();
    return tl::unexpected(error);
}

// 0, or errno's value.
int StampedSocket::transmit(std::span<const std::uint8_t> bytes, const Endpoint& to,
                            std::span<char> control) const {
    std::optional<SocketAddress> address = to_socket_address(to, family_);
    if (!address)
        return EAFNOSUPPORT;
    iovec data{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};  // only read from
    msghdr message{};
    message.msg_name = address->get();
    message.msg_namelen = address->size;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    // An error that an earlier datagram met (ICMP) is told once, in place of this one's sending.
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (sendmsg(socket_.get(), &message, MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != ECONNREFUSED && errno != EINTR)
            break;
    }
    return errno;
}

std::optional<SentStamp> StampedSocket::take_sent_stamp() {
    for (int taken = 0; taken < kMostErrorsAtOnce; ++taken) {
        // SOF_TIMESTAMPING_OPT_TSONLY: the datagram itself does not come back.
        alignas(cmsghdr) std::array<char, kControlSize> control{};
        msghdr message{};
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (recvmsg(socket_.get(), &message, MSG_ERRQUEUE) < 0)
            return std::nullopt;
        const auto stamp = stamp_in(message);
        const auto id = stamped_id_in(message);
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
              SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
                  SOF_TIMESTAMPING_OPT_TSONLY);
    next_id_ = 0;
    ++series_;
    while (take_sent_stamp()) {
    }
}

}  // namespace berkeley
