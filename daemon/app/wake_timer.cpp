#include "daemon/app/wake_timer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "daemon/core/time/rate.hpp"

namespace berkeley {

namespace {

constexpr Duration kEarlyEnough = 50us;
constexpr Duration kLongestSleep = 10min;
constexpr double kSlowest = 0.89;  // CLOCK_MONOTONIC over the raw clock, in the steepest slew
constexpr Duration kSlewThatMatters = 1ms;

}  // namespace

WakeTimer::WakeTimer(boost::asio::io_context& context, const HostClock& clock,
                     std::function<void()> fired)
    : timer_(context), clock_(clock), fired_(std::move(fired)) {}

void WakeTimer::wake_at(RawTime node) {
    due_ = node;
    waiting_ = true;
    arm();
}

void WakeTimer::stop() {
    waiting_ = false;
    timer_.cancel();
}

void WakeTimer::arm() {
    const ClockBracket now = read_clock_bracket();
    timer_.expires_after(monotonic_sleep(clock_.machine_raw(due_) - now.raw, now));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && waiting_)
            expired();
    });
}

void WakeTimer::expired() {
    if (clock_.machine_raw(due_) - read_clock_bracket().raw > kEarlyEnough) {
        arm();
        return;
    }
    waiting_ = false;
    fired_();
}

Duration monotonic_sleep(Duration remaining, const ClockBracket& now) {
    remaining = std::clamp<Duration>(remaining, 0ns, kLongestSleep);
    const bool rate_may_change =
        std::chrono::abs(now.slew_left) > kSlewThatMatters || std::abs(now.rate) > 1e-3;
    if (rate_may_change && remaining > 5ms)
        return nanoseconds_of(as_ns(remaining) * kSlowest);
    return remaining + gained(remaining, now.rate);
}

}  // namespace berkeley
