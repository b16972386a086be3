#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {

ExitCode poll_command(const Context& context) {
    return tell_daemon(context, "Poll", {}, [](const boost::json::object& reply) -> std::string {
        const boost::json::value* nodes = reply.if_contains("nodes");
        const auto count = nodes != nullptr && nodes->is_int64() ? nodes->get_int64() : 0;
        if (count == 0)
            return "there is no other node to ask yet\n";
        return fmt::format("{} {} asked now\n", count, count == 1 ? "node is" : "nodes are");
    });
}

}  // namespace berkeley::ctl
