#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/control/interface.hpp"

namespace berkeley::ctl {
ExitCode version_command(const Context& context) {
    const auto running = daemon_version(context.socket);
    if (context.json) {
        print_json(
            {{"berkeleyctl", program_version()},
             {"berkeleyd", running ? boost::json::value(*running) : boost::json::value(nullptr)}});
        return ExitCode::good;
    }
    print(fmt::format("berkeleyctl {}\n", program_version()));
    if (running)
        print(fmt::format("berkeleyd {} (running)\n", *running));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
