#include "tests/lab/support/carrier.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace berkeley::lab {
namespace {

constexpr std::size_t kLargestFrame = 65'536;
constexpr std::chrono::milliseconds kLookForStop{20};

sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path)
        throw std::runtime_error("the path of a socket is too long: " + text);
    std::memcpy(address.sun_path, text.data(), text.size());
    return address;
}

// IPv4, and in it UDP.
bool is_datagram(const std::vector<std::uint8_t>& frame) {
    return frame.size() > 23 && frame[12] == 0x08 && frame[13] == 0x00 && frame[23] == IPPROTO_UDP;
}

// The last byte of a guest's address on the wire is its number; the first byte's lowest bit marks
// frames for all.
bool meant_for(const std::vector<std::uint8_t>& frame, std::size_t guest) {
    return frame.size() >= 6 && ((frame[0] & 1U) != 0 || frame[5] == guest);
}

}  // namespace

Carrier::Carrier(std::filesystem::path folder, std::size_t guests, std::uint64_t seed)
    : folder_(std::move(folder)), guests_(guests), ways_(guests * guests), random_(seed) {
    for (std::size_t guest = 1; guest <= guests; ++guest) {
        FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(carrier_socket(guest));
        if (!socket ||
            bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error(
                fmt::format("no socket {}: {}", address.sun_path, std::strerror(errno)));
        }
        sockets_.push_back(std::move(socket));
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { carry(stop); });
}

Carrier::~Carrier() = default;

std::filesystem::path Carrier::carrier_socket(std::size_t guest) const {
    return folder_ / fmt::format("wire{}", guest);
}

std::filesystem::path Carrier::guest_socket(std::size_t guest) const {
    return folder_ / fmt::format("nic{}", guest);
}

void Carrier::set(std::size_t from, std::size_t to, const Way& changed) {
    const std::scoped_lock lock(ways_mutex_);
    way(from - 1, to - 1) = changed;
}

void Carrier::set_all(const Way& changed) {
    const std::scoped_lock lock(ways_mutex_);
    std::ranges::fill(ways_, changed);
}

void Carrier::cut_off(std::size_t guest, bool cut) {
    const std::scoped_lock lock(ways_mutex_);
    for (std::size_t other = 0; other < guests_; ++other) {
        way(guest - 1, other).cut = cut;
        way(other, guest - 1).cut = cut;
    }
}

void Carrier::carry(const std::stop_token& stop) {
    prctl(PR_SET_TIMERSLACK, 1000UL);
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), -15);  // where it may
    std::vector<pollfd> waiting;
    for (const FileDescriptor& socket : sockets_)
        waiting.push_back({socket.get(), POLLIN, 0});
    while (!stop.stop_requested()) {
        auto wait = std::chrono::nanoseconds(kLookForStop);
        if (!on_their_way_.empty())
            wait = std::clamp(std::chrono::nanoseconds(on_their_way_.top().due - Clock::now()),
                              std::chrono::nanoseconds(0), wait);
        const timespec timeout{0, wait.count()};
        ppoll(waiting.data(), waiting.size(), &timeout, nullptr);
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            if (waiting[i].revents != 0)
                take_in(i);
        }
        deliver_due();
    }
}

void Carrier::take_in(std::size_t from) {
    std::array<std::uint8_t, kLargestFrame> buffer;
    while (true) {
        const ssize_t size = recv(sockets_[from].get(), buffer.data(), buffer.size(), 0);
        if (size <= 0)
            return;
        const Frame frame(buffer.begin(), buffer.begin() + size);
        datagrams_ += is_datagram(frame) ? 1U : 0U;
        for (std::size_t to = 0; to < guests_; ++to) {
            if (to != from && meant_for(frame, to + 1))
                send_on(from, to, frame);
        }
    }
}

void Carrier::send_on(std::size_t from, std::size_t to, const Frame& frame) {
    Way way;
    {
        const std::scoped_lock lock(ways_mutex_);
        way = this->way(from, to);
    }
    if (way.cut || std::bernoulli_distribution(way.loss)(random_))
        return;
    auto delay = way.delay;
    if (way.jitter.count() > 0) {
        std::exponential_distribution<double> more(1.0 / static_cast<double>(way.jitter.count()));
        delay += std::chrono::nanoseconds(static_cast<std::int64_t>(more(random_)));
    }
    if (way.swing.count() > 0) {
        std::uniform_int_distribution<std::int64_t> either(-way.swing.count(), way.swing.count());
        delay += std::chrono::nanoseconds(either(random_));
    }
    if (delay.count() <= 0)
        return deliver(to, frame);
    on_their_way_.push({Clock::now() + delay, numbered_++, to, frame});
}

void Carrier::deliver_due() {
    while (!on_their_way_.empty() && on_their_way_.top().due <= Clock::now()) {
        deliver(on_their_way_.top().to, on_their_way_.top().frame);
        on_their_way_.pop();
    }
}

// A guest that is not there, or reads nothing, loses its frames, as on a wire.
void Carrier::deliver(std::size_t to, const Frame& frame) {
    const sockaddr_un address = address_of(guest_socket(to + 1));
    const ssize_t sent =
        sendto(sockets_[to].get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (sent > 0)
        ++carried_;
}

}  // namespace berkeley::lab
