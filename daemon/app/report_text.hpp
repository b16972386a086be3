// The core's reports in words: what happened, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/node/report.hpp"
#include "daemon/core/node/status.hpp"
#include "daemon/platform/journal.hpp"

namespace berkeley {

LogEntry log_entry(const Report& report);

// Who may be the other hand on the clock: ". Running on this machine: chronyd"; empty if nobody is
// known.
std::string suspects_text(const std::vector<std::string>& time_daemons);

// Of another hand on the clock: names those that may be it.
LogEntry log_entry(const Report& report, const std::vector<std::string>& time_daemons);

// One line for `systemctl status`.
std::string status_sentence(const NodeStatus& status);

// With a sign and a unit that keeps the number short: "+12.3 us", "-1.500 s".
std::string duration_text(Duration duration);

}  // namespace berkeley
