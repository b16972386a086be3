#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {

ExitCode step_command(const Context& context) {
    const auto reply = ask_daemon(context.socket, "Step");
    if (!reply)
        return fail(reply.error());
    if (context.json) {
        print_json(*reply);
        return ExitCode::good;
    }
    const boost::json::value* by = reply->if_contains("stepped_ns");
    const auto ns = by != nullptr && by->is_int64() ? std::optional(by->get_int64()) : std::nullopt;
    print(fmt::format("stepped the clock by {}, onto cluster time\n", signed_time(ns)));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
