#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {

ExitCode handover_command(const Context& context, const HandoverOptions& options) {
    if (options.if_leading) {
        const auto status = fetch(context.socket, "Status", "status");
        if (!status)
            return fail(status.error());
        if (string_in(status->as_object(), "role") != "master") {
            print("this node does not lead: nothing is handed over\n");
            return ExitCode::good;
        }
    }
    boost::json::object parameters;
    if (!options.node.empty())
        parameters["node"] = options.node;
    return tell_daemon(
        context, "Handover", std::move(parameters), [](const boost::json::object& reply) {
            return fmt::format("{} is to lead from now on\n", string_in(reply, "master"));
        });
}

}  // namespace berkeley::ctl
