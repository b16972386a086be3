// The kernel's CLOCK_REALTIME as arithmetic: what a clock over a given raw clock reads after given
// clock_adjtime calls. The simulator steers these by the thousand, and `clock = "simulated"` one.
//
// After Linux 6.1 to 6.18, kernel/time/ntp.c and timekeeping.c; tests/system/kernel_model_test.cpp
// holds it against the running kernel. What it leaves out: the kernel turns to the next second's
// chunk late, by up to two ticks. The tick that notices the second runs at its own phase (seen at
// 250 Hz: 3.27 ms after), and counts whole ticks only, so that it may miss the second once more
// (7.27 ms). Each costs that time's worth of the difference between the chunks.
#pragma once

#include <cstdint>

#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/time/instant.hpp"

namespace berkeley {

// Deterministic and free of floating point. The `raw` of successive calls must not decrease: the
// model moves on with it. A call costs about one step for every second in which a slew runs since
// the call before, and one step for all the others together.
class KernelModel {
  public:
    // Not slewing, at its nominal frequency, and unsynchronized, as a kernel boots.
    KernelModel(RawTime raw, SystemTime system);

    SystemTime at(RawTime raw);
    KernelReading read(RawTime raw);

    // What one clock_adjtime call with all the modes of SystemHostClock::adjust does. The tick must
    // lie within 9000 to 11000 µs (the kernel refuses others); the rest is clamped, as the kernel
    // does.
    void adjust(RawTime raw, const KernelAdjustment& adjustment);

    // ADJ_SETOFFSET, and any other setting of the clock.
    void step(RawTime raw, Duration by);

    // What SystemHostClock::disclaim does.
    void disclaim();

    // ADJ_TAI.
    void set_tai(int seconds) { tai_offset_s_ = seconds; }

    // By how much leap seconds have moved the clock.
    Duration leapt() const { return leapt_; }

  private:
    void advance_to(RawTime raw);
    void run(std::int64_t raw_ns);
    std::int64_t raw_until(std::int64_t system_ns) const;
    void take_leap_notice(LeapNotice notice);
    void leap();
    bool slew_at_rest() const;
    void start_second();
    void age_max_error(std::int64_t seconds);
    std::int64_t next_chunk() const;

    // Rates are what a second gains, in 2^-32 ns: the kernel's NTP_SCALE_SHIFT.
    RawTime raw_;
    SystemTime system_;
    std::int64_t residue_ = 0;  // below a ns of system_, in 2^-32 ns per second times raw ns
    KernelRate rate_;
    std::int64_t base_gain_ = 0;    // by tick and frequency
    std::int64_t chunk_ = 0;        // what the running second gains besides: its share of a slew
    std::int64_t time_offset_ = 0;  // of the slew, after the running chunk; 2^-32 ns
    int time_constant_ = 2;
    bool phase_locked_ = false;
    bool unsynchronized_ = true;
    LeapNotice leap_notice_ = LeapNotice::none;
    std::int64_t next_leap_ = INT64_MAX;  // the second at whose start the clock is moved
    Duration leapt_{0};
    int tai_offset_s_ = 0;
    Duration max_error_;
    Duration estimated_error_;
};

}  // namespace berkeley
