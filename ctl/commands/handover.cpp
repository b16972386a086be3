#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {

ExitCode handover_command(const Context& context, const std::string& node) {
    boost::json::object parameters;
    if (!node.empty())
        parameters["node"] = node;
    return tell_daemon(
        context, "Handover", std::move(parameters), [](const boost::json::object& reply) {
            return fmt::format("{} is to lead from now on\n", string_in(reply, "master"));
        });
}

}  // namespace berkeley::ctl
