// The system's random generator (getrandom(2), by libsodium).
#pragma once

#include <cstdint>
#include <span>

namespace berkeley {

// Waits for the kernel to have gathered enough, once after boot; never fails after.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace berkeley
