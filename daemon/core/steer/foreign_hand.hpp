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
    // What we leave the clock as. It will be slewed by `running` first, what is left of the
    // second's chunk, and by `move` in all.
    void left(const Moment& now, const KernelAdjustment& adjustment, Duration move,
              Duration running);

    // What was told last did not reach the kernel: the clock is as we left it before.
    void never_left() { left_ = before_; }

    void forget() { left_ = before_ = std::nullopt; }

    // The clock is set, by us: what was told last may never reach the kernel, and this does.
    void stepped(Duration by) { moved(by); }
    // The kernel moved the clock by a leap second, as it was told to.
    void leapt(Duration by) { moved(by); }

    // By how much the clock was set by someone else since; nothing if it was not.
    std::optional<Duration> set_by_other(const Moment& now) const;

    // What someone else changed of rate or slew; empty if nothing. The words are for the operator.
    std::string_view steered_by_other(const KernelReading& kernel) const;

  private:
    void moved(Duration by);

    struct Left {
        Moment at;
        KernelAdjustment adjustment;
        Duration lowest{0};  // of what our slew may have done so far
        Duration highest{0};
    };
    std::optional<Left> left_;
    std::optional<Left> before_;
};

}  // namespace berkeley
