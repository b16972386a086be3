#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {

ExitCode loglevel_command(const Context& context, const std::string& level) {
    return tell_daemon(
        context, "SetLogLevel", {{"level", level}}, [&level](const boost::json::object&) {
            return fmt::format("the log level is {}, until the next reload or restart\n", level);
        });
}

}  // namespace berkeley::ctl
