#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {

ExitCode loglevel_command(const Context& context, const std::string& level) {
    const auto reply = ask_daemon(context.socket, "SetLogLevel", {{"level", level}});
    if (!reply)
        return fail(reply.error());
    if (context.json)
        print_json(*reply);
    else
        print(fmt::format("the log level is {}, until the next reload or restart\n", level));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
