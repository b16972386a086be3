// The clock that a node lives by: the machine's, the machine's looked at only, or a made-up one.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/time/instant.hpp"
#include "daemon/platform/clock_bracket.hpp"

namespace berkeley {

class HostClock {
  public:
    HostClock() = default;
    HostClock(const HostClock&) = delete;
    HostClock& operator=(const HostClock&) = delete;
    virtual ~HostClock() = default;

    // What the node's clocks read when the machine's read `machine`.
    virtual Moment moment(const ClockBracket& machine) = 0;
    Moment now() { return moment(read_clock_bracket()); }

    virtual KernelReading read() = 0;

    // Errors are sentences for the operator: what failed and what to do.
    virtual tl::expected<void, std::string> adjust(const KernelAdjustment& adjustment) = 0;
    virtual tl::expected<void, std::string> step(Duration by) = 0;
    // The kernel's word of it becomes "unsynchronized, error unknown"; it runs on as it does.
    virtual tl::expected<void, std::string> disclaim() = 0;

    // TAI − UTC, by which CLOCK_TAI reads.
    virtual tl::expected<void, std::string> set_tai(int seconds) = 0;

    // Between the machine's raw clock, on which packets are stamped and timers run, and the node's.
    virtual RawTime node_raw(RawTime machine) const { return machine; }
    virtual RawTime machine_raw(RawTime node) const { return node; }
};

}  // namespace berkeley
