// Bytes that nobody finds in memory after their time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace berkeley {

// The compiler may not leave it out, as it may a memset of what is not read again.
void wipe(std::span<std::uint8_t> bytes);

// A copy is wiped at its own end; a move is a copy.
template <std::size_t size>
struct WipedBytes {
    std::array<std::uint8_t, size> bytes{};

    ~WipedBytes() { wipe(bytes); }
};

}  // namespace berkeley
