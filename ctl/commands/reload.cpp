#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/wording.hpp"

namespace berkeley::ctl {
namespace {

// "listen, clock"; empty if there are none
std::string keys_in(const boost::json::object& reply, std::string_view key) {
    std::string keys;
    const boost::json::value* found = reply.if_contains(key);
    if (found == nullptr || !found->is_array())
        return keys;
    for (const boost::json::value& each : found->get_array()) {
        if (each.is_string())
            keys += (keys.empty() ? "" : ", ") + printable(std::string_view(each.get_string()));
    }
    return keys;
}

}  // namespace

ExitCode reload_command(const Context& context) {
    const auto reply = ask_daemon(context.socket, "Reload");
    if (!reply)
        return fail(reply.error());
    if (context.json) {
        print_json(*reply);
        return ExitCode::good;
    }
    const std::string taken_over = keys_in(*reply, "taken_over");
    const std::string needs_restart = keys_in(*reply, "needs_restart");
    if (taken_over.empty() && needs_restart.empty())
        print("the configuration was read again: nothing in it changed\n");
    if (!taken_over.empty())
        print(fmt::format("the daemon goes by the new {} now\n", taken_over));
    if (!needs_restart.empty())
        print(fmt::format("restart the daemon for the new {}\n", needs_restart));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
