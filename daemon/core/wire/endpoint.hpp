// Where a datagram goes to or came from.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace berkeley {

struct Endpoint {
    std::array<std::uint8_t, 16> address{};  // network order; IPv4 as ::ffff:a.b.c.d
    std::uint16_t port = 0;
    std::uint32_t scope = 0;  // interface index of a link-local address

    constexpr auto operator<=>(const Endpoint&) const = default;
};

// "192.0.2.1:10525", "[2001:db8::1]:10525", "[fe80::1%2]:10525"
std::string to_string(const Endpoint& endpoint);

}  // namespace berkeley
