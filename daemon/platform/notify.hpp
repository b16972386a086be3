// Tells the service manager how we are (sd_notify(3)). Without one, does nothing.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

void notify_ready(const std::string& status);
void notify_status(const std::string& status);
void notify_reloading();
void notify_stopping();
void notify_watchdog();

// WatchdogSec of the unit; nothing if it has none.
std::optional<Duration> watchdog_interval();

}  // namespace berkeley
