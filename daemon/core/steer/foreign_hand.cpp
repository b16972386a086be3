#include "daemon/core/steer/foreign_hand.hpp"

#include <algorithm>
#include <cstdlib>

#include "daemon/core/steer/discipline.hpp"

namespace berkeley {
namespace {

// Reading two clocks together is good to a few microseconds, to a hundred on a busy machine; the
// kernel keeps a rate to parts in 10^9. A smaller set than this is slewed away unnoticed.
constexpr Duration kTolerance = 200us;
constexpr double kRateTolerance = 0.5 * kPpm;

// A second's slew keeps within 10 %, and its chunk is compensated.
constexpr double kFastestSlew = 0.12;

// The kernel stores a frequency in units of its own and may round what it gives back.
constexpr std::int64_t kFrequencyRounding = 2;

}  // namespace

void ForeignHand::left(const Moment& now, const KernelAdjustment& adjustment, Duration move,
                       Duration running) {
    before_ = left_;
    left_ = Left{now, adjustment, std::min({0ns, move, running}), std::max({0ns, move, running})};
}

void ForeignHand::moved(Duration by) {
    for (std::optional<Left>* left : {&left_, &before_}) {
        if (*left)
            (*left)->at.system = (*left)->at.system + by;
    }
}

std::optional<Duration> ForeignHand::set_by_other(const Moment& now) const {
    if (!left_ || slept(left_->at.suspended, now.suspended))
        return std::nullopt;
    const Duration raw = now.raw - left_->at.raw;
    const Duration unslewed = raw + gained(raw, rate_of(left_->adjustment.rate));
    const Duration beyond = (now.system - left_->at.system) - unslewed;
    const Duration tolerance = kTolerance + gained(raw, kRateTolerance);
    const Duration fastest = gained(raw, kFastestSlew);
    const Duration lowest = std::max(left_->lowest, -fastest);
    const Duration highest = std::min(left_->highest, fastest);
    if (beyond < lowest - tolerance)
        return beyond - lowest;
    if (beyond > highest + tolerance)
        return beyond - highest;
    return std::nullopt;
}

std::string_view ForeignHand::steered_by_other(const KernelReading& kernel) const {
    if (!left_)
        return {};
    const KernelAdjustment& ours = left_->adjustment;
    if (kernel.rate.tick_us != ours.rate.tick_us)
        return "the kernel clock's tick was changed";
    if (std::abs(kernel.rate.frequency - ours.rate.frequency) > kFrequencyRounding) {
        return "the kernel clock's frequency was changed";
    }
    if (!kernel.phase_locked || !kernel.frequency_held) {
        return "the kernel clock's PLL was reconfigured";
    }
    const auto [low, high] = std::minmax({0ns, Duration{ours.slew}});
    if (kernel.slew_left < low - 1us || kernel.slew_left > high + 1us) {
        return "another slew of the kernel clock was started";
    }
    return {};
}

}  // namespace berkeley
