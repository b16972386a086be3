// Is anyone else moving this clock? Between two looks the system clock must have run as we left it:
// over the raw clock at the kernel's rate, plus at most the slew that we declared.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/time/instant.hpp"

namespace berkeley {

class ForeignHand {
  public:
    // What we leave the clock as; `move` is all that it may still be slewed by.
    void left(const Moment& now, const KernelAdjustment& adjustment, Duration move);

    // We stepped the clock: what was left is moved along.
    void stepped(Duration by);

    void forget() { left_.reset(); }

    // By how much the clock was set by someone else since; nothing if it was not.
    std::optional<Duration> set_by_other(const Moment& now) const;

    // What someone else changed of rate or slew; empty if nothing. The words are for the operator.
    std::string_view steered_by_other(const KernelReading& kernel) const;

  private:
    struct Left {
        Moment at;
        KernelAdjustment adjustment;
        Duration move{0};
    };
    std::optional<Left> left_;
};

}  // namespace berkeley
