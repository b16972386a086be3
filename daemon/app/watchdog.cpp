#include "daemon/app/watchdog.hpp"

#include <ctime>
#include <utility>

#include "daemon/platform/raw_clock.hpp"

namespace berkeley {
namespace {

// A suspend stops it, and with it what is counted: the node looks after waking up.
RawTime now_raw() {
    return RawTime{read_clock_ns(CLOCK_MONOTONIC_RAW)};
}

}  // namespace

Watchdog::Watchdog(boost::asio::io_context& context, std::optional<Duration> interval,
                   std::function<void()> feed, Duration patience)
    : timer_(context), interval_(interval), feed_(std::move(feed)), patience_(patience) {}

void Watchdog::start() {
    running_ = interval_.has_value();
    clock_was_looked_at();
    if (running_)
        feed_if_all_is_well();
}

void Watchdog::stop() {
    running_ = false;
    timer_.cancel();
}

void Watchdog::clock_was_looked_at() {
    looked_at_ = now_raw();
}

void Watchdog::feed_if_all_is_well() {
    if (now_raw() - looked_at_ <= patience_)
        feed_();
    timer_.expires_after(*interval_ / 4);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && running_)
            feed_if_all_is_well();
    });
}

}  // namespace berkeley
