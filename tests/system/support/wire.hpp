// The test's own hands on the wire: it sends whatever bytes it likes, forged with or without a
// key, and sits between a member and its master to copy what they say.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <netinet/in.h>

#include "daemon/core/wire/codec.hpp"
#include "daemon/platform/file_descriptor.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::test {

using Bytes = std::vector<std::uint8_t>;

sockaddr_in loopback(std::uint16_t port);

// A UDP socket on 127.0.0.1.
class Wire {
  public:
    explicit Wire(std::uint16_t port = 0);  // 0: any

    void send(std::span<const std::uint8_t> bytes, std::uint16_t to_port) const;

    struct Received {
        Bytes bytes;
        std::uint16_t from_port = 0;
        std::int64_t system_ns = 0;  // CLOCK_REALTIME as it came, by the kernel; 0: not stamped
    };
    std::optional<Received> receive() const;  // what has come already
    int fd() const { return socket_.get(); }

  private:
    FileDescriptor socket_;
};

// Datagrams as `from` would send them to `to`.
class Forger {
  public:
    Forger(std::string_view from, std::string_view to);
    // With another's key, or for another cluster.
    Forger(std::string_view from, std::string_view to, const Sealing& by);

    Header header() const { return {id_of(from_), id_of(to_), 1, 1}; }
    Bytes sealed(const Message& message) const { return sealed(header(), message); }
    Bytes sealed(const Header& header, const Message& message) const;
    Bytes sealed_anew(Bytes changed) const;

  private:
    std::string from_;
    std::string to_;
    SealingKey key_;
};

// Four kinds of message, with plausible contents, as `from` might say them. The Join bears a
// certificate that n1 issued.
Join some_join(std::string_view from);
Poll some_poll();
Reply some_reply();
Leave some_leave();

// Carries datagrams between one member, which takes it for the master, and the master, which takes
// it for the member; keeps a copy of all.
class Relay {
  public:
    explicit Relay(std::uint16_t master_port);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    std::uint16_t port() const { return port_; }  // for the member's configuration
    std::vector<Bytes> said_by_member() const;
    std::vector<Bytes> said_by_master() const;

    void to_master(std::span<const std::uint8_t> bytes) const;
    void to_member(std::span<const std::uint8_t> bytes) const;

  private:
    void carry(const std::stop_token& stop);

    std::uint16_t port_;
    std::uint16_t master_port_;
    Wire member_side_;
    Wire master_side_;
    mutable std::mutex mutex_;
    std::uint16_t member_port_ = 0;
    std::vector<Bytes> said_by_member_;
    std::vector<Bytes> said_by_master_;
    std::jthread thread_;
};

bool is_join(const Bytes& datagram);
bool is_leave(const Bytes& datagram);

}  // namespace berkeley::test
