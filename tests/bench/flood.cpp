#include "tests/bench/flood.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <sys/socket.h>

namespace berkeley::test {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 64;
constexpr std::chrono::microseconds kBetween{500};

}  // namespace

Flood::Flood(std::vector<Aimed> datagrams, std::uint64_t per_second)
    : datagrams_(std::move(datagrams)),
      thread_([this, per_second](const std::stop_token& stop) { run(stop, per_second); }) {}

Flood::~Flood() = default;

// What was missed is not made up for: a burst is another attack than a flood.
void Flood::run(const std::stop_token& stop, std::uint64_t per_second) {
    auto last = steady_clock::now();
    double owed = 0;
    while (!stop.stop_requested()) {
        std::this_thread::sleep_for(kBetween);
        const auto now = steady_clock::now();
        const std::chrono::duration<double> since =
            std::min<std::chrono::duration<double>>(now - last, std::chrono::milliseconds(4));
        last = now;
        owed += since.count() * static_cast<double>(per_second);
        const auto whole = static_cast<std::uint64_t>(owed);
        owed -= static_cast<double>(whole);
        for (std::uint64_t left = whole; left > 0 && !stop.stop_requested();)
            left -= send_some(left);
    }
}

std::uint64_t Flood::send_some(std::uint64_t most) {
    std::array<mmsghdr, kAtOnce> messages{};
    std::array<iovec, kAtOnce> pieces{};
    std::array<sockaddr_in, kAtOnce> targets{};
    const std::size_t count = std::min<std::uint64_t>(most, kAtOnce);
    for (std::size_t i = 0; i < count; ++i) {
        Aimed& each = datagrams_[next_];
        next_ = (next_ + 1) % datagrams_.size();
        pieces[i] = {each.bytes.data(), each.bytes.size()};
        targets[i] = loopback(each.to_port);
        messages[i].msg_hdr.msg_name = &targets[i];
        messages[i].msg_hdr.msg_namelen = sizeof targets[i];
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = sendmmsg(wire_.fd(), messages.data(), static_cast<unsigned>(count), 0);
    while (wire_.receive()) {  // answers, which nobody wants
    }
    if (sent > 0)
        sent_ += static_cast<std::uint64_t>(sent);
    return count;
}

}  // namespace berkeley::test
