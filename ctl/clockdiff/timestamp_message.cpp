#include "ctl/clockdiff/timestamp_message.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::uint8_t kRequestType = 13;
constexpr std::uint8_t kReplyType = 14;

void put16(std::span<std::uint8_t> bytes, std::size_t at, std::uint16_t value) {
    bytes[at] = static_cast<std::uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(value & 0xff);
}

void put32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
    put16(bytes, at, static_cast<std::uint16_t>(value >> 16));
    put16(bytes, at + 2, static_cast<std::uint16_t>(value & 0xffff));
}

std::uint16_t get16(std::span<const std::uint8_t> bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t get32(std::span<const std::uint8_t> bytes, std::size_t at) {
    return std::uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2);
}

// RFC 1071: the ones' complement of the ones' complement sum; 0 over what has a right one in it.
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        sum +=
            static_cast<std::uint32_t>(bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0));
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum & 0xffff);
}

}  // namespace

std::array<std::uint8_t, kTimestampSize> encode(const TimestampRequest& request) {
    std::array<std::uint8_t, kTimestampSize> bytes{};
    bytes[0] = kRequestType;
    put16(bytes, 4, request.id);
    put16(bytes, 6, request.sequence);
    put32(bytes, 8, request.originate);
    put16(bytes, 2, checksum(bytes));
    return bytes;
}

std::optional<TimestampReply> timestamp_reply(std::span<const std::uint8_t> packet) {
    constexpr std::size_t kLeastHeader = 20;
    if (packet.size() < kLeastHeader || packet[0] >> 4 != 4)
        return std::nullopt;
    const std::size_t header = 4 * std::size_t{packet[0] & 0x0fU};
    if (header < kLeastHeader || packet.size() < header + kTimestampSize)
        return std::nullopt;
    const auto message = packet.subspan(header);
    if (message[0] != kReplyType || message[1] != 0 || checksum(message) != 0)
        return std::nullopt;
    return TimestampReply{get16(message, 4), get16(message, 6), get32(message, 8),
                          get32(message, 12), get32(message, 16)};
}

}  // namespace berkeley::ctl
