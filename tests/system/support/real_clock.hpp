// This machine's own clock, for the few tests that steer it: one at a time, whatever program it is
// in. Where it was, frequency, tick, status and time constant are put back, whatever the test came
// to.
#pragma once

#include <sys/timex.h>

#include "daemon/platform/clock_bracket.hpp"
#include "daemon/platform/system_clock.hpp"

namespace berkeley::test {

class RealClock {
  public:
    // Waits until no other test has it.
    RealClock();
    ~RealClock();
    RealClock(const RealClock&) = delete;
    RealClock& operator=(const RealClock&) = delete;

    const timex& found() const { return found_; }
    KernelReading read() { return clock_.read(); }

    // From where it would be, had nobody touched it.
    Duration moved() const;

  private:
    bool slew_back();

    int lock_;
    timex found_;
    ClockBracket since_;
    SystemHostClock clock_;
};

}  // namespace berkeley::test
