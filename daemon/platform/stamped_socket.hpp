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

struct ReceivedDatagram {
    Endpoint from;
    std::size_t size = 0;             // as sent; larger than the buffer if it was cut off there
    std::optional<SystemTime> stamp;  // when it came, in CLOCK_REALTIME
};

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

    // The id under which take_sent_stamp() will tell of it. The error is errno's; after one, ids
    // begin again at 0 and the stamps still to come are lost.
    tl::expected<std::uint32_t, int> send(std::span<const std::uint8_t> bytes, const Endpoint& to);

    // Nothing when none is waiting.
    std::optional<ReceivedDatagram> receive(std::span<std::uint8_t> buffer);

    // Nothing when none is waiting. Drops whatever else is in the error queue.
    std::optional<SentStamp> take_sent_stamp();

  private:
    StampedSocket(FileDescriptor socket, int family)
        : socket_(std::move(socket)), family_(family) {}
    void enable_stamps();

    FileDescriptor socket_;
    int family_;
    std::uint32_t next_id_ = 0;  // as the kernel counts: SOF_TIMESTAMPING_OPT_ID
};

}  // namespace berkeley
