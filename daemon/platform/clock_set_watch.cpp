#include "daemon/platform/clock_set_watch.hpp"

#include <cerrno>
#include <cstdint>
#include <ctime>

#include <fmt/format.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/platform/error_text.hpp"

namespace berkeley {

tl::expected<ClockSetWatch, std::string> ClockSetWatch::open() {
    ClockSetWatch watch(FileDescriptor(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)));
    if (!watch.timer_ || !watch.arm()) {
        return tl::unexpected(
            fmt::format("cannot watch for settings of the clock (timerfd): {}; a set clock will "
                        "be noticed by its readings only",
                        error_text(errno)));
    }
    return watch;
}

bool ClockSetWatch::was_set() {
    std::uint64_t expirations = 0;
    const bool canceled =
        read(timer_.get(), &expirations, sizeof expirations) < 0 && errno == ECANCELED;
    // A canceled timer is told of once; arming it again also covers its having expired.
    if (canceled || expirations > 0)
        arm();
    return canceled;
}

bool ClockSetWatch::arm() {
    // The end of time_t's range that the kernel takes (KTIME_SEC_MAX, the year 2262): never comes.
    itimerspec never{};
    never.it_value.tv_sec = 9'000'000'000;
    return timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                           nullptr) == 0;
}

}  // namespace berkeley
