// What the kernel tells of a datagram's time beside the datagram itself.
#pragma once

#include <cstdint>
#include <optional>

#include <sys/socket.h>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

// Of a socket's errors, stamps of what was sent among them: more than a ring of network cards
// holds; a flood of them must not keep us from our timers.
inline constexpr int kMostErrorsAtOnce = 256;

// In CLOCK_REALTIME.
std::optional<SystemTime> stamp_in(const msghdr& message);

// Of an error queue's message: which datagram the stamp is of (SOF_TIMESTAMPING_OPT_ID).
std::optional<std::uint32_t> stamped_id_in(const msghdr& message);

}  // namespace berkeley
