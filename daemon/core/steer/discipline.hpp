// From "where the clock is" and "where it should be" to what the kernel is told. Feed-forward: the
// rate is the line's, the phase is slewed by the kernel's own PLL, so that a daemon killed at any
// moment leaves a clock at its best known rate, with a slew that ends by itself.
#pragma once

#include <optional>

#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/time/line.hpp"

namespace berkeley {

// Of the clock over its raw clock, without slew.
double rate_of(const KernelRate& rate);

// The kernel's nearest, tick included beyond ±500 ppm; clamped to what the kernel takes, ±10 %.
KernelRate kernel_rate_for(double rate);

// system clock − cluster time.
Duration offset_of(const Moment& now, const TimeLine& line);

class Discipline {
  public:
    // `move`: what the system clock has yet to gain. Accounts for the chunk already running.
    KernelAdjustment slew(const Moment& now, const KernelReading& kernel, double rate,
                          Duration move);

    // What the chunk still moves that was running when `slew` was last asked.
    Duration still_running() const { return still_running_; }

    // The clock was set, by us or by another, and the kernel has dropped slew and chunk; or what
    // was declared last did not reach the kernel.
    void forget_slew();

  private:
    Duration running_chunk_now(const Moment& now, const KernelReading& kernel) const;

    struct Written {
        std::int64_t second = 0;  // of the system clock, when it was written
        Duration running_chunk{0};
    };
    std::optional<Written> written_;
    Duration still_running_{0};
};

}  // namespace berkeley
