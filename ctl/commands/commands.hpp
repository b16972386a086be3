// The verbs. Each prints and gives the exit code; errors go to standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ctl/exit_code.hpp"
#include "ctl/render/exposition.hpp"
#include "ctl/render/style.hpp"

namespace berkeley::ctl {

struct Context {
    std::string socket;
    bool json = false;
    Style style;  // of standard output
};

struct WatchOptions {
    double interval_s = 1;
    std::uint64_t count = 0;  // of updates; 0 for no end
};

struct WaitOptions {
    std::optional<double> timeout_s;  // none: for ever
    std::optional<double> bound_us;   // none: any
};

ExitCode status_command(const Context& context);
ExitCode members_command(const Context& context);
ExitCode tracking_command(const Context& context);
ExitCode watch_command(const Context& context, const WatchOptions& options);
ExitCode waitsync_command(const Context& context, const WaitOptions& options);
ExitCode poll_command(const Context& context);
ExitCode step_command(const Context& context);
ExitCode reload_command(const Context& context);
ExitCode loglevel_command(const Context& context, const std::string& level);
ExitCode metrics_command(const Context& context, Dialect dialect);
ExitCode validate_command(const Context& context, const std::string& file);
ExitCode version_command(const Context& context);
ExitCode key_command(const Context& context, const std::string& file);

}  // namespace berkeley::ctl
