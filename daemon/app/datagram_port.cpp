#include "daemon/app/datagram_port.hpp"

#include <algorithm>
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
    int handled = 0;
    while (handled < kMostAtOnce && receive_one())
        ++handled;
    // Still ready if more is waiting, but behind the handlers that became ready meanwhile.
    if (descriptor_.is_open())
        wait();
}

bool DatagramPort::receive_one() {
    const auto received = socket_.receive(buffer_);
    if (!received)
        return false;
    const ClockBracket after = read_clock_bracket();
    DatagramReceived event;
    event.now = clock_.moment(after);
    event.received = {event.now.raw, 0ns, StampSource::program};
    if (received->stamp) {
        if (const auto stamp = translator_.translate(*received->stamp, after)) {
            event.received = *stamp;
            event.received.at = clock_.node_raw(stamp->at);
        }
    }
    translator_.note(after);
    event.from = received->from;
    event.bytes = std::span(buffer_).first(std::min(received->size, buffer_.size()));
    listener_.datagram_received(event);
    return true;
}

int DatagramPort::send(const SendDatagram& datagram) {
    const ClockBracket before = read_clock_bracket();
    const auto id = socket_.send(datagram.bytes, datagram.to);
    if (!id) {
        in_flight_.fill({});  // ids begin anew
        return id.error();
    }
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
