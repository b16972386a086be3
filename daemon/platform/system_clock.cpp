#include "daemon/platform/system_clock.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/kernel_timex.hpp"

namespace berkeley {

namespace {

tl::expected<void, std::string> apply(timex tx, const char* what) {
    // A state of TIME_ERROR (5) says that the clock is unsynchronized, not that the call failed.
    if (clock_adjtime(CLOCK_REALTIME, &tx) >= 0)
        return {};
    if (errno == EPERM) {
        return tl::unexpected(fmt::format(
            "not permitted to {} the system clock: start berkeleyd as root or with CAP_SYS_TIME, "
            "or set clock = \"observe\"",
            what));
    }
    return tl::unexpected(
        fmt::format("the kernel refuses to {} the system clock: {}", what, error_text(errno)));
}

}  // namespace

tl::expected<void, std::string> SystemHostClock::adjust(const KernelAdjustment& adjustment) {
    return apply(to_timex(adjustment, read_timex()), "adjust");
}

tl::expected<void, std::string> SystemHostClock::step(Duration by) {
    return apply(to_step(by), "set");
}

tl::expected<void, std::string> SystemHostClock::disclaim() {
    return apply(to_disclaimer(read_timex()), "mark");
}

tl::expected<void, std::string> SystemHostClock::set_tai(int seconds) {
    return apply(to_tai(seconds), "tell the TAI offset to");
}

}  // namespace berkeley
