// A UDP socket whose datagrams the kernel stamps, coming and going (SO_TIMESTAMPING, software:
// Documentation/networking/timestamping.rst). Never blocks. The first stamps after opening may be
// missing, and a driver may give none for sent ones: each datagram is asked for its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/wire/endpoint.hpp"
#include "daemon/platform/file_descriptor.hpp"

namespace berkeley {

struct SentStamp {
    std::uint32_t id = 0;  // as send() gave it
    SystemTime stamp;      // when it was handed to the network device, in CLOCK_REALTIME
};

class StampedSocket {
  public:
    // Listens at `local`; "::" takes IPv4 too, where the kernel has IPv6 at all. The error says who
    // may be in the way and what to do.
    static tl::expected<StampedSocket, std::string> open(const Endpoint& local);

    int fd() const { return socket_.get(); }
    Endpoint local() const;

    // Whether a datagram to there can be sent from this socket at all.
    bool reaches(const Endpoint& to) const;

    // Errors are errno's.
    tl::expected<void, int> send(std::span<const std::uint8_t> bytes, const Endpoint& to);

    // The id under which take_sent_stamp() will tell of it.
    tl::expected<std::uint32_t, int> send_stamped(std::span<const std::uint8_t> bytes,
                                                  const Endpoint& to);

    // Changes when ids have begun again at 0, after an error: stamps still to come are lost.
    std::uint32_t series() const { return series_; }

    // Nothing when none is waiting. Drops whatever else is in the error queue.
    std::optional<SentStamp> take_sent_stamp();

  private:
    StampedSocket(FileDescriptor socket, int family)
        : socket_(std::move(socket)), family_(family) {}
    void enable_stamps();
    int transmit(std::span<const std::uint8_t> bytes, const Endpoint& to,
                 std::span<char> control) const;

    FileDescriptor socket_;
    int family_;
    std::uint32_t next_id_ = 0;  // as the kernel counts: SOF_TIMESTAMPING_OPT_ID
    std::uint32_t series_ = 0;
};

}  // namespace berkeley
