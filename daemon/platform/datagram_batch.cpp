#include "daemon/platform/datagram_batch.hpp"

#include <algorithm>
#include <cerrno>

#include "daemon/platform/packet_stamps.hpp"

namespace berkeley {
DatagramBatch::DatagramBatch(std::size_t room) : bytes_(kMost * room) {
    for (std::size_t i = 0; i < kMost; ++i) {
        slots_[i].data = {bytes_.data() + i * room, room};
        make_ready(i);
    }
}

// The kernel writes into the lengths.
void DatagramBatch::make_ready(std::size_t at) {
    Slot& slot = slots_[at];
    msghdr& message = messages_[at].msg_hdr;
    message.msg_name = slot.from.get();
    message.msg_namelen = sizeof slot.from.storage;
    message.msg_iov = &slot.data;
    message.msg_iovlen = 1;
    message.msg_control = slot.control.data();
    message.msg_controllen = slot.control.size();
}

std::span<const ReceivedDatagram> DatagramBatch::receive(int socket) {
    const auto count = static_cast<std::size_t>(std::max(take(socket), 0));
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = messages_[i].msg_len;
        const iovec& data = slots_[i].data;
        received_[i] = {
            to_endpoint(slots_[i].from),
            {static_cast<const std::uint8_t*>(data.iov_base), std::min(size, data.iov_len)},
            size,
            stamp_in(messages_[i].msg_hdr)};
        make_ready(i);
    }
    return std::span(received_).first(count);
}

// An error is told once, of an earlier datagram of ours.
int DatagramBatch::take(int socket) {
    for (int attempt = 0; attempt < kMostErrorsAtOnce; ++attempt) {
        const int count =
            recvmmsg(socket, messages_.data(), kMost, MSG_TRUNC | MSG_DONTWAIT, nullptr);
        if (count >= 0 || errno == EAGAIN || errno == EWOULDBLOCK)
            return count;
    }
    return 0;
}

}  // namespace berkeley
