// Feeds the service manager's watchdog, but only while the clock's work goes on.
#pragma once

#include <functional>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

// Its own timer shows that the event loop turns. That the node still looks at its clock, once a
// second in every state, must be told: a timer lost, or a node that asks for no more of them, is
// not to be covered up by a watchdog that is well.
class Watchdog {
  public:
    // Without an interval it does nothing. `feed` must be callable as long as `context` is run.
    Watchdog(boost::asio::io_context& context, std::optional<Duration> interval,
             std::function<void()> feed, Duration patience = kPatience);

    void start();
    void stop();

    // The node was woken, looked, and asked to be woken again.
    void clock_was_looked_at();

    static constexpr Duration kPatience = 3s;

  private:
    void feed_if_all_is_well();

    boost::asio::steady_timer timer_;
    std::optional<Duration> interval_;
    std::function<void()> feed_;
    Duration patience_;
    RawTime looked_at_;  // of the machine
    bool running_ = false;
};

}  // namespace berkeley
