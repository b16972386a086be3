// Datagrams taken from a socket by one system call: in a flood each of them costs the less.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/wire/endpoint.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley {

struct ReceivedDatagram {
    Endpoint from;
    std::span<const std::uint8_t> bytes;  // cut off where the room ends
    std::size_t size = 0;                 // as sent
    std::optional<SystemTime> stamp;      // when it came, in CLOCK_REALTIME
};

class DatagramBatch {
  public:
    static constexpr std::size_t kMost = 32;

    // For datagrams of so many bytes, each.
    explicit DatagramBatch(std::size_t room);
    DatagramBatch(const DatagramBatch&) = delete;
    DatagramBatch& operator=(const DatagramBatch&) = delete;

    // Takes those that are waiting. Never blocks. They are valid until it is called again.
    std::span<const ReceivedDatagram> receive(int socket);

  private:
    struct Slot {
        SocketAddress from;
        iovec data{};
        // The stamp's is all that comes with a datagram.
        alignas(cmsghdr) std::array<char, 128> control{};
    };

    void make_ready(std::size_t at);
    int take(int socket);

    std::vector<std::uint8_t> bytes_;
    std::array<Slot, kMost> slots_{};
    std::array<mmsghdr, kMost> messages_{};
    std::array<ReceivedDatagram, kMost> received_{};
};

}  // namespace berkeley
