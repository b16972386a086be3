// Any bytes, read as a sequence of events for one Node: what the network, the kernel and peers with
// and without the key could do to it, forged, replayed, reordered, at the ends of what the codec
// lets through. For the fuzzer, and for properties.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "daemon/core/node/status.hpp"

namespace berkeley::test {

// Ends with the bytes. What the Node did that it must not, if anything; a broken contract of the
// core aborts.
std::optional<std::string> run_event_script(Role role, std::span<const std::uint8_t> bytes);

}  // namespace berkeley::test
