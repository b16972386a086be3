// One UDP socket in the event loop: datagrams and their stamps come out as the core's events.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "daemon/core/node/action.hpp"
#include "daemon/core/node/event.hpp"
#include "daemon/platform/datagram_batch.hpp"
#include "daemon/platform/host_clock.hpp"
#include "daemon/platform/stamp_translator.hpp"
#include "daemon/platform/stamped_socket.hpp"

namespace berkeley {

class DatagramListener {
  public:
    virtual void datagram_received(const DatagramReceived& event) = 0;

    // Also called from within send().
    virtual void datagram_sent(const DatagramSent& event) = 0;

  protected:
    ~DatagramListener() = default;
};

class DatagramPort {
  public:
    // All of them must outlive the port.
    DatagramPort(boost::asio::io_context& context, StampedSocket socket, HostClock& clock,
                 StampTranslator& translator, DatagramListener& listener);
    DatagramPort(const DatagramPort&) = delete;
    DatagramPort& operator=(const DatagramPort&) = delete;
    ~DatagramPort();

    void start() { wait(); }
    void stop();

    bool reaches(const Endpoint& to) const { return socket_.reaches(to); }

    // Nothing is reported of a datagram that could not be sent. Returns errno's value, 0 if sent.
    // One without a token is not stamped: answers to strangers are to cost little.
    int send(const SendDatagram& datagram);

  private:
    // The kernel's stamp comes within microseconds, before so many more are sent.
    static constexpr std::size_t kInFlight = 1024;

    struct InFlight {
        std::uint32_t id = 0;
        std::uint64_t token = 0;
        bool waiting = false;
    };

    void wait();
    void ready();
    void hand_over(std::span<const ReceivedDatagram> batch);
    void hand_over(const ReceivedDatagram& received, const ClockBracket& after);
    void take_sent_stamps();

    StampedSocket socket_;
    boost::asio::posix::stream_descriptor descriptor_;  // does not own
    HostClock& clock_;
    StampTranslator& translator_;
    DatagramListener& listener_;
    // Room to see that one is larger than any of ours. A flood must not keep the timers waiting: it
    // is taken batch by batch.
    DatagramBatch batch_{kDatagramSize + 1};
    std::array<InFlight, kInFlight> in_flight_{};
};

}  // namespace berkeley
