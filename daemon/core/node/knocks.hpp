// Joins that no Reply has proved fresh yet. A Join may be a replay, sent by anybody at any rate: it
// takes a place here, changes nothing else, and cannot crowd out the one that is meant, which can
// show a cookie.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/wire/endpoint.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

// What a member may be, by its certificate.
struct Grant {
    bool votes = false;
    std::uint64_t serial = 0;

    bool operator==(const Grant&) const = default;
};

struct Knock {
    Session session = 0;
    std::uint64_t oscillator = 0;
    std::uint64_t term = 0;  // that the member knew when it joined
    Sequence sequence = 0;   // of the Poll that answered
    Endpoint address;
    RawTime at;
    Grant grant;
    bool has_cookie = false;  // so it is no replay of long ago
};

enum class Entry : std::uint8_t {
    taken,
    repeated,  // the same was answered a moment ago, or too many with cookies are open
    crowded,   // too many are open: with a cookie it would come in
    unproved,  // another machine's, it seems, that has the key: without a cookie it is not heard
    refused,   // another machine's; it was told so
};

class Knocks {
  public:
    Entry take_in(const Knock& knock);

    // The Join that this Reply proves; at most once.
    std::optional<Knock> settle(const Reply& reply);

  private:
    Knock* place_for(const Knock& knock);

    std::array<Knock, 4> open_{};
};

}  // namespace berkeley
