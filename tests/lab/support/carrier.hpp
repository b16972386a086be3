// The network between the guests: carries their Ethernet frames, each with the delay, jitter and
// loss of its way, outside all kernels under test, so that their own stamps see it as a real
// network's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <queue>
#include <random>
#include <thread>
#include <vector>

#include "daemon/platform/file_descriptor.hpp"

namespace berkeley::lab {

struct Way {
    std::chrono::nanoseconds delay{0};
    std::chrono::nanoseconds jitter{0};  // mean of what comes on top, exponentially distributed
    std::chrono::nanoseconds swing{0};   // the delay lies evenly within ± this
    double loss = 0;                     // share of frames
    bool cut = false;
};

class Carrier {
  public:
    // Guests are counted from 1. Sockets lie in `folder`, which must outlive the carrier.
    Carrier(std::filesystem::path folder, std::size_t guests, std::uint64_t seed = 1);
    ~Carrier();
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;

    // Where a guest's network card sends to, and where it listens (qemu: -netdev dgram).
    std::filesystem::path carrier_socket(std::size_t guest) const;
    std::filesystem::path guest_socket(std::size_t guest) const;

    void set(std::size_t from, std::size_t to, const Way& way);
    void set_all(const Way& way);
    void cut_off(std::size_t guest, bool cut);  // all ways to and from it

    std::uint64_t carried() const { return carried_; }
    // UDP datagrams that the guests sent, the lost ones too.
    std::uint64_t datagrams() const { return datagrams_; }

  private:
    using Clock = std::chrono::steady_clock;
    using Frame = std::vector<std::uint8_t>;

    struct OnItsWay {
        Clock::time_point due;
        std::uint64_t number;  // frames due at once keep their order
        std::size_t to;
        Frame frame;
        bool operator>(const OnItsWay& other) const {
            return std::pair(due, number) > std::pair(other.due, other.number);
        }
    };

    void carry(const std::stop_token& stop);
    void take_in(std::size_t from);
    void send_on(std::size_t from, std::size_t to, const Frame& frame);
    void deliver_due();
    void deliver(std::size_t to, const Frame& frame);
    Way& way(std::size_t from, std::size_t to) { return ways_[from * guests_ + to]; }

    std::filesystem::path folder_;
    std::size_t guests_;
    std::vector<FileDescriptor> sockets_;
    std::vector<Way> ways_;
    std::mutex ways_mutex_;
    std::mt19937_64 random_;
    std::priority_queue<OnItsWay, std::vector<OnItsWay>, std::greater<>> on_their_way_;
    std::uint64_t numbered_ = 0;
    std::atomic<std::uint64_t> carried_ = 0;
    std::atomic<std::uint64_t> datagrams_ = 0;
    std::jthread thread_;
};

}  // namespace berkeley::lab
