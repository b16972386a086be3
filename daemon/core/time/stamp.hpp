// When a datagram left or came, on the raw clock.
#pragma once

#include "daemon/core/time/instant.hpp"

namespace berkeley {

enum class StampSource : std::uint8_t {
    program,  // read by us: before the send call, or after the receive call
    kernel,   // taken by the kernel (SO_TIMESTAMPING, software), translated to the raw clock
};

// `error` covers the translation only. A program's stamp is early on sending and late on
// receiving, so it can only widen an exchange: bounds drawn from it stay true.
struct RawStamp {
    RawTime at;
    Duration error{0};
    StampSource source = StampSource::program;
};

}  // namespace berkeley
