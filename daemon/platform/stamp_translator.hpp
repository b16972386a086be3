// Puts the kernel's packet stamps on the raw clock, from readings of the clocks made all along.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "daemon/platform/clock_bracket.hpp"

namespace berkeley {

class StampTranslator {
  public:
    explicit StampTranslator(const ClockBracket& now) { forget(now); }

    // One of the readings of which stamps to come will be later. Readings in their order.
    void note(const ClockBracket& reading);

    // Another reading was noted since, or the clock was set.
    bool looked_later_than(const ClockBracket& reading) const { return latest_ > reading.raw; }

    // The clock was set: stamps of before cannot be translated any more.
    void forget(const ClockBracket& now);

    // On the machine's raw clock. `after` was read after the stamp was taken, and after the last
    // reading noted.
    std::optional<RawStamp> translate(SystemTime stamp, const ClockBracket& after) const;

  private:
    // A datagram waits for us while others are handled: the readings must reach back before it.
    static constexpr std::size_t kKept = 16;
    static constexpr Duration kLeastApart = 1ms;

    std::array<ClockBracket, kKept> readings_{};  // a ring
    std::size_t count_ = 0;
    std::size_t newest_ = 0;
    RawTime latest_;  // of all readings, those too close together to be kept included
};

}  // namespace berkeley
