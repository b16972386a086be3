// What a stranger has to echo before anything is done for it: it proves that the stranger receives
// what is sent to the address that it gives, and nothing is kept meanwhile.
#pragma once

#include <array>

#include "daemon/core/node/verification_limits.hpp"
#include "daemon/core/wire/endpoint.hpp"
#include "daemon/core/wire/messages.hpp"
#include "daemon/core/wire/nonces.hpp"

namespace berkeley {

class Cookies {
  public:
    Cookies() = default;
    explicit Cookies(Nonces& nonces);

    // Never 0. Nobody else can tell it, and it is good for one to two minutes: who kept old ones
    // proves nothing by them.
    Cookie cookie_for(const Endpoint& from, Session session, SteadyTime now) const;
    bool holds(Cookie cookie, const Endpoint& from, Session session, SteadyTime now) const;

    // Its place: an IPv4 address, or 64 bits of an IPv6 address, since whoever has one of these has
    // them all. Its site: 24 bits, or 48. A link-local address is of its link.
    Origin origin_of(const Endpoint& from) const;

  private:
    std::uint64_t network_of(const Endpoint& from, std::size_t bytes) const;
    Cookie of_period(const Endpoint& from, Session session, std::int64_t period) const;

    std::array<std::uint8_t, 32> secret_{};
};

}  // namespace berkeley
