#include "daemon/app/datagram_port.hpp"

#include <span>
#include <utility>

namespace berkeley {

namespace asio = boost::asio;

DatagramPort::DatagramPort(asio::io_context& context, StampedSocket socket, HostClock& clock,
                           StampTranslator& translator, DatagramListener& listener)
    : socket_(std::move(socket)),
      descriptor_(context, socket_.fd()),
      clock_(clock),
      translator_(translator),
      listener_(listener) {}

DatagramPort::~DatagramPort() {
    stop();
}

void DatagramPort::stop() {
    if (descriptor_.is_open())
        descriptor_.release();  // cancels what waits; socket_ closes it
}

// Readiness to read also comes with the error queue's: epoll's EPOLLERR wakes every wait.
void DatagramPort::wait() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [this](const boost::system::error_code& error) {
                               if (!error)
                                   ready();
                           });
}

void DatagramPort::ready() {
    take_sent_stamps();
    hand_over(batch_.receive(socket_.fd()));
    // Still ready if more is waiting, but behind the handlers that became ready meanwhile.
    if (descriptor_.is_open())
        wait();
}

// In a flood, one reading of the clocks is good for all; but not beyond the answer to one of them,
// which took time and may have set the clock.
void DatagramPort::hand_over(std::span<const ReceivedDatagram> batch) {
    if (batch.empty())
        return;
    ClockBracket after = read_clock_bracket();
    for (const ReceivedDatagram& received : batch) {
        if (translator_.looked_later_than(after))
            after = read_clock_bracket();
        hand_over(received, after);
    }
    translator_.note(after);
}

void DatagramPort::hand_over(const ReceivedDatagram& received, const ClockBracket& after) {
    DatagramReceived event;
    event.now = clock_.moment(after);
    event.received = {event.now.raw, 0ns, StampSource::program};
    if (received.stamp) {
        if (const auto stamp = translator_.translate(*received.stamp, after)) {
            event.received = *stamp;
            event.received.at = clock_.node_raw(stamp->at);
        }
    }
    event.from = received.from;
    event.bytes = received.bytes;
    listener_.datagram_received(event);
}

int DatagramPort::send(const SendDatagram& datagram) {
    if (datagram.token == 0) {
        const auto sent = socket_.send(datagram.bytes, datagram.to);
        return sent ? 0 : sent.error();
    }
    const ClockBracket before = read_clock_bracket();
    const std::uint32_t series = socket_.series();
    const auto id = socket_.send_stamped(datagram.bytes, datagram.to);
    if (socket_.series() != series)
        in_flight_.fill({});
    if (!id)
        return id.error();
    translator_.note(before);
    in_flight_[*id % kInFlight] = {*id, datagram.token, true};
    listener_.datagram_sent(
        {datagram.token,
         {clock_.node_raw(before.raw - before.half_width), 0ns, StampSource::program}});
    // Most drivers stamp before the call returns: this saves waking up for it.
    take_sent_stamps();
    return 0;
}

void DatagramPort::take_sent_stamps() {
    while (const auto sent = socket_.take_sent_stamp()) {
        InFlight& datagram = in_flight_[sent->id % kInFlight];
        if (!datagram.waiting || datagram.id != sent->id)
            continue;
        datagram.waiting = false;
        const auto stamp = translator_.translate(sent->stamp, read_clock_bracket());
        if (!stamp)
            continue;
        listener_.datagram_sent(
            {datagram.token, {clock_.node_raw(stamp->at), stamp->error, StampSource::kernel}});
    }
}

}  // namespace berkeley
