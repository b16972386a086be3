// Wakes the node at a time on its own raw clock.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/platform/host_clock.hpp"

namespace berkeley {

// The kernel's timers run on CLOCK_MONOTONIC, which is slewed with the system clock, by up to 10 %:
// while that may be, a long wait is made in two.
class WakeTimer {
  public:
    // `clock` must outlive the timer, and `fired` be callable as long.
    WakeTimer(boost::asio::io_context& context, const HostClock& clock,
              std::function<void()> fired);

    // Replaces any earlier time. One that is past fires at once, but not from within this call.
    void wake_at(RawTime node);
    void stop();
    bool waiting() const { return waiting_; }

  private:
    void arm();
    void expired();

    boost::asio::steady_timer timer_;
    const HostClock& clock_;
    std::function<void()> fired_;
    RawTime due_;  // on the node's raw clock
    bool waiting_ = false;
};

// How long to sleep for `remaining` on the machine's raw clock, in CLOCK_MONOTONIC.
Duration monotonic_sleep(Duration remaining, const ClockBracket& now);

}  // namespace berkeley
