#include "daemon/core/steer/discipline.hpp"

#include <algorithm>
#include <cmath>

#include "daemon/core/steer/slew.hpp"

namespace berkeley {
namespace {

constexpr double kFrequencyUnit = 1 * kPpm / 65536;  // ADJ_FREQUENCY
constexpr double kTickUnit = 100 * kPpm;             // ADJ_TICK, at USER_HZ 100
constexpr double kFrequencyLimit = 500 * kPpm;
constexpr std::int64_t kNominalTick = 10'000;
constexpr std::int64_t kSecond = 1'000'000'000;

double fraction_of_second(SystemTime at) {
    return static_cast<double>(at.ns - second_of(at) * kSecond) / static_cast<double>(kSecond);
}

}  // namespace

double rate_of(const KernelRate& rate) {
    return static_cast<double>(rate.frequency) * kFrequencyUnit +
           static_cast<double>(rate.tick_us - kNominalTick) * kTickUnit;
}

KernelRate kernel_rate_for(double rate) {
    const double within = std::clamp(rate, -0.1, 0.1);
    const double ticks = std::abs(within) <= kFrequencyLimit ? 0 : std::round(within / kTickUnit);
    return {.frequency = std::llround((within - ticks * kTickUnit) / kFrequencyUnit),
            .tick_us = kNominalTick + std::llround(ticks)};
}

Duration offset_of(const Moment& now, const TimeLine& line) {
    return now.system - SystemTime{line.at(now.raw).ns};
}

KernelAdjustment Discipline::slew(const Moment& now, const KernelReading& kernel, double rate,
                                  Duration move) {
    const Duration chunk = running_chunk_now(now, kernel);
    // As if the kernel always turned at the latest: a slew left alone may fall short, by 8 ‰ of the
    // running chunk at 250 Hz, and does not overshoot.
    still_running_ = chunk_still_moves(chunk, fraction_of_second(now.system), kernel.turn_delay);
    const Duration still_to_move = move - still_running_;
    KernelAdjustment adjustment;
    adjustment.rate = kernel_rate_for(rate);
    adjustment.time_constant = time_constant_for(still_to_move);
    adjustment.slew = declared_for(still_to_move, adjustment.time_constant);
    written_ = Written{second_of(now.system), chunk};
    return adjustment;
}

void Discipline::forget_slew() {
    written_.reset();
}

Duration Discipline::running_chunk_now(const Moment& now, const KernelReading& kernel) const {
    if (written_ && written_->second == second_of(now.system))
        return written_->running_chunk;
    return kernel.phase_locked ? running_chunk(kernel.slew_left, kernel.time_constant) : 0ns;
}

}  // namespace berkeley
