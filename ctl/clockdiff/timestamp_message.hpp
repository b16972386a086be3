// ICMP's timestamp and its reply (RFC 792): 20 bytes, big-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace berkeley::ctl {

inline constexpr std::size_t kTimestampSize = 20;
inline constexpr std::int64_t kMsOfDay = 86'400'000;

// Milliseconds since midnight UT; or, with the first bit set, anything else.
using TimestampMs = std::uint32_t;
inline constexpr TimestampMs kNonStandard = 0x80000000;

struct TimestampRequest {
    std::uint16_t id = 0;
    std::uint16_t sequence = 0;
    TimestampMs originate = 0;
};

struct TimestampReply {
    std::uint16_t id = 0;
    std::uint16_t sequence = 0;
    TimestampMs originate = 0;
    TimestampMs receive = 0;
    TimestampMs transmit = 0;

    bool operator==(const TimestampReply&) const = default;
};

std::array<std::uint8_t, kTimestampSize> encode(const TimestampRequest& request);

// Of a whole IPv4 packet, as a raw socket gives it; nothing if it is no sound reply.
std::optional<TimestampReply> timestamp_reply(std::span<const std::uint8_t> packet);

}  // namespace berkeley::ctl
