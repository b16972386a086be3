#include "tests/system/support/wire.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

constexpr std::size_t kTypeAt = 5;

std::int64_t stamp_of(msghdr& message) {
    const cmsghdr* stamp = CMSG_FIRSTHDR(&message);
    if (stamp == nullptr || stamp->cmsg_type != SCM_TIMESTAMPNS)
        return 0;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(stamp), sizeof at);
    return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

}  // namespace

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

Wire::Wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error(fmt::format("bind: {}", std::strerror(errno)));
}

void Wire::send(std::span<const std::uint8_t> bytes, std::uint16_t to_port) const {
    const sockaddr_in to = loopback(to_port);
    const ssize_t sent = sendto(socket_.get(), bytes.data(), bytes.size(), 0,
                                reinterpret_cast<const sockaddr*>(&to), sizeof to);
    if (sent < 0 && errno != ECONNREFUSED)  // told of an earlier one, whose receiver is gone
        throw std::runtime_error(fmt::format("sendto: {}", std::strerror(errno)));
}

std::optional<Wire::Received> Wire::receive() const {
    std::array<std::uint8_t, 65'536> buffer;
    sockaddr_in from{};
    iovec whole{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &whole;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (got < 0)
        return std::nullopt;
    return Received{Bytes(buffer.begin(), buffer.begin() + got), ntohs(from.sin_port),
                    stamp_of(message)};
}

Forger::Forger(std::string_view from, std::string_view to)
    : Forger(from, to, {from, to, kClusterName}) {}

Forger::Forger(std::string_view from, std::string_view to, const Sealing& by)
    : from_(from), to_(to), key_(seal_of(from, to, by)) {}

Bytes Forger::sealed(const Header& header, const Message& message) const {
    const Datagram datagram = encode(header, message);
    return sealed_anew({datagram.begin(), datagram.end()});
}

Bytes Forger::sealed_anew(Bytes changed) const {
    seal(changed, key_);
    return changed;
}

Join some_join(std::string_view from) {
    Join join;
    join.session = 0x1122334455667788;
    join.oscillator = 0x99;
    join.name = *NodeName::from(from);
    join.certificate = certificate_for(from, "n1", kClusterName);
    return join;
}

Poll some_poll() {
    Poll poll;
    poll.session = 0x1122334455667788;
    poll.reign = 0x55;
    poll.sequence = 1'000'000;
    poll.next_poll = 1s;
    poll.bulletin.members = 5;
    poll.bulletin.counted = 5;
    // An hour off: were it believed, it would show.
    const std::int64_t now = reading_of_machine().system_ns;
    poll.correction = BoundedLine{
        {RawTime{reading_of_machine().host_raw_ns}, ClusterTime{now} + 1h, 0}, 1ms, 1e-4, 1us};
    return poll;
}

Reply some_reply() {
    const ClockReading now = reading_of_machine();
    Reply reply;
    reply.session = 0x1122334455667788;
    reply.reign = 0x55;
    reply.sequence = 1'000'000;
    reply.poll_received = RawTime{now.host_raw_ns};
    reply.raw = RawTime{now.host_raw_ns};
    reply.system = SystemTime{now.system_ns} + 1h;
    return reply;
}

Leave some_leave() {
    return {0x1122334455667788, 0x55};
}

Relay::Relay(std::uint16_t master_port)
    : port_(free_port()),
      master_port_(master_port),
      member_side_(port_),
      thread_([this](const std::stop_token& stop) { carry(stop); }) {}

Relay::~Relay() = default;

void Relay::carry(const std::stop_token& stop) {
    std::array<pollfd, 2> sides{{{member_side_.fd(), POLLIN, 0}, {master_side_.fd(), POLLIN, 0}}};
    while (!stop.stop_requested()) {
        poll(sides.data(), sides.size(), 20);
        while (const auto said = member_side_.receive()) {
            const std::scoped_lock lock(mutex_);
            member_port_ = said->from_port;
            said_by_member_.push_back(said->bytes);
            master_side_.send(said->bytes, master_port_);
        }
        while (const auto said = master_side_.receive()) {
            const std::scoped_lock lock(mutex_);
            said_by_master_.push_back(said->bytes);
            member_side_.send(said->bytes, member_port_);
        }
    }
}

std::vector<Bytes> Relay::said_by_member() const {
    const std::scoped_lock lock(mutex_);
    return said_by_member_;
}

std::vector<Bytes> Relay::said_by_master() const {
    const std::scoped_lock lock(mutex_);
    return said_by_master_;
}

void Relay::to_master(std::span<const std::uint8_t> bytes) const {
    master_side_.send(bytes, master_port_);
}

void Relay::to_member(std::span<const std::uint8_t> bytes) const {
    const std::scoped_lock lock(mutex_);
    member_side_.send(bytes, member_port_);
}

bool is_join(const Bytes& datagram) {
    return datagram.size() > kTypeAt && datagram[kTypeAt] == 1;
}

bool is_leave(const Bytes& datagram) {
    return datagram.size() > kTypeAt && datagram[kTypeAt] == 4;
}

}  // namespace berkeley::test
