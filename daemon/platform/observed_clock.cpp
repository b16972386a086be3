#include "daemon/platform/observed_clock.hpp"

#include "daemon/platform/kernel_timex.hpp"

namespace berkeley {

Moment ObservedHostClock::moment(const ClockBracket& machine) {
    return {machine.raw, machine.system, machine.suspended};
}

KernelReading ObservedHostClock::read() {
    return to_reading(read_timex());
}

tl::expected<void, std::string> ObservedHostClock::adjust(const KernelAdjustment&) {
    return {};
}

tl::expected<void, std::string> ObservedHostClock::step(Duration) {
    return {};
}

tl::expected<void, std::string> ObservedHostClock::disclaim() {
    return {};
}

tl::expected<void, std::string> ObservedHostClock::set_tai(int) {
    return {};
}

}  // namespace berkeley
