// Preloaded into a daemon that is to hold CAP_SYS_TIME: what it writes to the kernel clock is lost
// on the way, and the machine's clock is left alone.
#include <ctime>

#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's
extern "C" int clock_adjtime(clockid_t clock, timex* settings) noexcept {
    settings->modes = 0;
    return static_cast<int>(syscall(SYS_clock_adjtime, clock, settings));
}
