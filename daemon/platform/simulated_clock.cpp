#include "daemon/platform/simulated_clock.hpp"

#include <algorithm>
#include <cmath>

#include "daemon/core/contract.hpp"
#include "daemon/core/time/rate.hpp"
#include "daemon/platform/raw_clock.hpp"

namespace berkeley {

SimulatedHostClock::SimulatedHostClock(const ClockBracket& start, Duration offset, double drift)
    : start_(start.raw),
      drift_(drift),
      latest_(start.raw),
      kernel_(start.raw, start.system + offset) {
    ensure(std::abs(drift) <= 0.1, "simulated drift beyond 10 %");
}

Moment SimulatedHostClock::moment(const ClockBracket& machine) {
    const RawTime raw = advance_to(machine.raw);
    return {raw, kernel_.at(raw), machine.suspended};
}

KernelReading SimulatedHostClock::read() {
    return kernel_.read(advance_to(RawTime{read_clock_ns(CLOCK_MONOTONIC_RAW)}));
}

tl::expected<void, std::string> SimulatedHostClock::adjust(const KernelAdjustment& adjustment) {
    kernel_.adjust(advance_to(RawTime{read_clock_ns(CLOCK_MONOTONIC_RAW)}), adjustment);
    return {};
}

tl::expected<void, std::string> SimulatedHostClock::step(Duration by) {
    kernel_.step(advance_to(RawTime{read_clock_ns(CLOCK_MONOTONIC_RAW)}), by);
    return {};
}

tl::expected<void, std::string> SimulatedHostClock::disclaim() {
    kernel_.disclaim();
    return {};
}

tl::expected<void, std::string> SimulatedHostClock::set_tai(int seconds) {
    kernel_.set_tai(seconds);
    return {};
}

RawTime SimulatedHostClock::node_raw(RawTime machine) const {
    const Duration since = machine - start_;
    return start_ + since + gained(since, drift_);
}

RawTime SimulatedHostClock::machine_raw(RawTime node) const {
    const Duration since = node - start_;
    return start_ + since - gained(since, drift_ / (1 + drift_));
}

RawTime SimulatedHostClock::advance_to(RawTime machine) {
    latest_ = std::max(latest_, node_raw(machine));
    return latest_;
}

}  // namespace berkeley
