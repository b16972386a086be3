// Preloaded into a reference: what its kernel says of outside time is what the file OUTSIDE_TIME
// says, in five numbers: 1 if synchronized, maxerror and esterror in us, 1 before a leap second at
// the end of the day, TAI − UTC. Its clock is this machine's, which is left alone.
#include <cstdlib>
#include <ctime>
#include <fstream>

#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's
extern "C" int clock_adjtime(clockid_t clock, timex* settings) noexcept {
    settings->modes = 0;
    const auto state = static_cast<int>(syscall(SYS_clock_adjtime, clock, settings));
    const char* path = std::getenv("OUTSIDE_TIME");
    std::ifstream file(path != nullptr ? path : "");
    int synchronized = 0;
    int leap = 0;
    if (file >> synchronized >> settings->maxerror >> settings->esterror >> leap >> settings->tai) {
        settings->status = synchronized != 0 ? 0 : STA_UNSYNC;
        if (leap != 0)
            settings->status |= STA_INS;
    }
    return state;
}
