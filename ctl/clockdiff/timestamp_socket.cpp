#include "ctl/clockdiff/timestamp_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <linux/icmp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/setup/random_number.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kBetweenProbes = 20 * kMs;
constexpr std::int64_t kPatience = 1000 * kMs;

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t now_on(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return nanoseconds(time);
}

ClientError failure(const std::string& what) {
    const bool forbidden = errno == EPERM || errno == EACCES;
    if (forbidden) {
        return {ClientError::Kind::not_permitted,
                "ICMP needs a raw socket, which is for root and who has CAP_NET_RAW: try sudo"};
    }
    return {ClientError::Kind::failed, fmt::format("{}: {}", what, std::strerror(errno))};
}

// One host, for as long as it is asked.
class TimestampSocket {
  public:
    TimestampSocket() : fd_(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)) {}
    ~TimestampSocket() {
        if (fd_ >= 0)
            close(fd_);
    }
    TimestampSocket(const TimestampSocket&) = delete;
    TimestampSocket& operator=(const TimestampSocket&) = delete;

    // Only what that host answers comes in, with the kernel's stamp.
    bool open_to(const in_addr& host) {
        if (fd_ < 0)
            return false;
        const icmp_filter only{~(1U << ICMP_TIMESTAMPREPLY)};
        const int on = 1;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr = host;
        return setsockopt(fd_, SOL_RAW, ICMP_FILTER, &only, sizeof only) == 0 &&
               setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 &&
               connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }

    bool send(const TimestampRequest& request) {
        const auto bytes = encode(request);
        return ::send(fd_, bytes.data(), bytes.size(), 0) == std::ssize(bytes);
    }

    struct Received {
        TimestampReply reply;
        std::int64_t at_ns = 0;
    };

    // The next one that comes until then, by CLOCK_MONOTONIC.
    std::optional<Received> receive(std::int64_t until_ns) {
        while (true) {
            const std::int64_t left = until_ns - now_on(CLOCK_MONOTONIC);
            pollfd waiting{fd_, POLLIN, 0};
            const timespec patience{std::max<std::int64_t>(left, 0) / 1'000'000'000,
                                    std::max<std::int64_t>(left, 0) % 1'000'000'000};
            const int ready = ppoll(&waiting, 1, &patience, nullptr);
            if (ready < 0 && errno == EINTR)
                continue;
            if (ready <= 0)
                return std::nullopt;
            if (const auto received = read_one())
                return received;
        }
    }

  private:
    std::optional<Received> read_one() {
        std::array<std::uint8_t, 1500> packet{};
        alignas(cmsghdr) std::array<char, 128> control{};
        iovec part{packet.data(), packet.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t size = recvmsg(fd_, &message, MSG_DONTWAIT);
        const std::int64_t read_at = now_on(CLOCK_REALTIME);
        if (size < 0)
            return std::nullopt;
        const auto reply = timestamp_reply({packet.data(), static_cast<std::size_t>(size)});
        if (!reply)
            return std::nullopt;
        Received received{*reply, read_at};
        for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
             each = CMSG_NXTHDR(&message, each)) {
            if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS)
                continue;
            timespec stamp{};
            std::memcpy(&stamp, CMSG_DATA(each), sizeof stamp);
            received.at_ns = nanoseconds(stamp);
        }
        return received;
    }

    int fd_;
};

struct Asked {
    std::int64_t sent_ns = 0;
    TimestampMs originate = 0;
};

class Asking {
  public:
    Asking(TimestampSocket& socket, Comparison& result)
        : socket_(socket), result_(result), id_(static_cast<std::uint16_t>(random_number())) {}

    bool ask(std::size_t probe) {
        wait_for_phase(phase_ns(probe));
        const auto sequence = static_cast<std::uint16_t>(probe);
        const std::int64_t now = now_on(CLOCK_REALTIME);
        const auto of_day = static_cast<TimestampMs>(now / kMs % kMsOfDay);
        asked_[sequence] = {now, of_day};
        if (!socket_.send({id_, sequence, of_day}))
            return false;
        ++result_.sent;
        return true;
    }

    void listen(std::int64_t until_ns) {
        while (!asked_.empty()) {
            const auto received = socket_.receive(until_ns);
            if (!received)
                return;
            take(*received);
        }
    }

  private:
    static void wait_for_phase(std::int64_t phase) {
        const std::int64_t now = now_on(CLOCK_REALTIME);
        const timespec rest{0, static_cast<long>((phase - now % kMs + kMs) % kMs)};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nullptr);
    }

    void take(const TimestampSocket::Received& received) {
        const TimestampReply& reply = received.reply;
        const auto asked = asked_.find(reply.sequence);
        if (reply.id != id_ || asked == asked_.end() || reply.originate != asked->second.originate)
            return;
        ++result_.answered;
        const auto verdict = result_.estimate.add(
            {asked->second.sent_ns, received.at_ns, reply.receive, reply.transmit});
        if (verdict == DifferenceEstimate::Verdict::non_standard)
            ++result_.non_standard;
        if (verdict == DifferenceEstimate::Verdict::senseless)
            ++result_.senseless;
        asked_.erase(asked);
    }

    TimestampSocket& socket_;
    Comparison& result_;
    std::uint16_t id_;
    std::map<std::uint16_t, Asked> asked_;
};

}  // namespace

tl::expected<Comparison, ClientError> compare_clocks(const in_addr& host, std::size_t probes) {
    TimestampSocket socket;
    if (!socket.open_to(host))
        return tl::unexpected(failure("could not open a socket for ICMP"));
    Comparison result;
    Asking asking(socket, result);
    for (std::size_t probe = 0; probe < probes; ++probe) {
        const std::int64_t next = now_on(CLOCK_MONOTONIC) + kBetweenProbes;
        if (!asking.ask(probe))
            return tl::unexpected(failure("could not send"));
        asking.listen(next);
        const std::int64_t left = next - now_on(CLOCK_MONOTONIC);
        const timespec rest{0, static_cast<long>(std::max<std::int64_t>(left, 0))};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nullptr);
    }
    asking.listen(now_on(CLOCK_MONOTONIC) + kPatience);
    return result;
}

}  // namespace berkeley::ctl
