#include "tests/system/support/real_clock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include "daemon/core/steer/discipline.hpp"
#include "daemon/core/steer/slew.hpp"
#include "daemon/core/time/rate.hpp"
#include "daemon/platform/kernel_timex.hpp"
#include "tests/system/support/waiting.hpp"

namespace berkeley::test {
namespace {

// packaging/demo takes the same.
constexpr const char* kLock = "/run/lock/berkeleyd-real-clock";

constexpr Duration kAsGoodAsUnmoved = 10us;

int locked() {
    const int file = open(kLock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    EXPECT_GE(file, 0) << kLock;
    EXPECT_EQ(flock(file, LOCK_EX), 0) << kLock;
    return file;
}

}  // namespace

RealClock::RealClock() : lock_(locked()), found_(read_timex()), since_(read_clock_bracket()) {}

RealClock::~RealClock() {
    const bool back = std::chrono::abs(moved()) < kAsGoodAsUnmoved || slew_back();
    if (!restore_settings(found_) || !back)
        ADD_FAILURE() << "the kernel clock could not be put back";
    close(lock_);
}

Duration RealClock::moved() const {
    const ClockBracket now = read_clock_bracket();
    const Duration raw = now.raw - since_.raw;
    return (now.system - since_.system) - raw - gained(raw, rate_of(to_reading(found_).rate));
}

bool RealClock::slew_back() {
    KernelAdjustment back;
    back.rate = to_reading(found_).rate;
    back.slew = declared_for(-moved(), 0);
    back.max_error = 16s;
    return clock_.adjust(back) && wait_until(Seconds{30}, [this] {
               return std::chrono::abs(read().slew_left) < kAsGoodAsUnmoved;
           });
}

}  // namespace berkeley::test
