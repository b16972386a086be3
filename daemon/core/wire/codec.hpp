// Messages to bytes and back. Every datagram has the same size, whatever it says: equal bytes take
// equal time on the wire both ways, and no answer is larger than its question.
//
// Integers are big-endian. Rates travel as parts in 10^18, durations and instants as nanoseconds.
// What a datagram does not use is zero; a receiver ignores it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <tl/expected.hpp>

#include "daemon/core/wire/messages.hpp"
#include "daemon/core/wire/seal.hpp"

namespace berkeley {

inline constexpr std::size_t kDatagramSize = 320;
using Datagram = std::array<std::uint8_t, kDatagramSize>;

struct Envelope {
    Header header;
    Message message;
};

enum class DecodeError : std::uint8_t {
    wrong_size,
    not_ours,   // magic or version
    malformed,  // a type, name or value outside what the protocol allows
};

// Complete but for the seal.
Datagram encode(const Header& header, const Message& message);

// Who says they sent it, before anything is proved: to find the key by.
tl::expected<Header, DecodeError> decode_header(std::span<const std::uint8_t> bytes);

// False of a Retry alone.
bool has_seal(std::span<const std::uint8_t> bytes);

// Total on any bytes. Check the seal first. Whatever comes out lies within the limits that the
// rest of the core relies on: instants plausible(), rates within ±20 %, durations 0 to 36 years,
// differences of clocks within ±36 years.
tl::expected<Envelope, DecodeError> decode(std::span<const std::uint8_t> bytes);

}  // namespace berkeley
