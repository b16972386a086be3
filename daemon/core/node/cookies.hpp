// What a stranger has to echo before anything is done for it: it proves that the stranger receives
// what is sent to the address that it gives, and nothing is kept meanwhile.
#pragma once

#include <array>

#include "daemon/core/wire/endpoint.hpp"
#include "daemon/core/wire/messages.hpp"
#include "daemon/core/wire/nonces.hpp"

namespace berkeley {

class Cookies {
  public:
    Cookies() = default;
    explicit Cookies(Nonces& nonces);

    // Never 0. The same again for the same question, and nobody else can tell it.
    Cookie cookie_for(const Endpoint& from, Session session) const;

    // Where the address belongs, as a number that nobody outside can foretell: an IPv4 address, or
    // 64 bits of an IPv6 address, since whoever has one of these has them all.
    std::uint64_t place_of(const Endpoint& from) const;

  private:
    std::array<std::uint8_t, 32> secret_{};
};

}  // namespace berkeley
