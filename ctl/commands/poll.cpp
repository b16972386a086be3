#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {

ExitCode poll_command(const Context& context) {
    const auto reply = ask_daemon(context.socket, "Poll");
    if (!reply)
        return fail(reply.error());
    if (context.json) {
        print_json(*reply);
        return ExitCode::good;
    }
    const boost::json::value* nodes = reply->if_contains("nodes");
    const std::int64_t count = nodes != nullptr && nodes->is_int64() ? nodes->get_int64() : 0;
    print(count == 0
              ? "there is no other node to ask yet\n"
              : fmt::format("{} {} asked now\n", count, count == 1 ? "node is" : "nodes are"));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
