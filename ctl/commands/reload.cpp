#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {
namespace {

std::string words_for(const boost::json::object& reply) {
    const std::vector<std::string> taken_over = strings_in(reply, "taken_over");
    const std::vector<std::string> needs_restart = strings_in(reply, "needs_restart");
    if (taken_over.empty() && needs_restart.empty())
        return "the configuration was read again: nothing in it changed\n";
    std::string words;
    if (!taken_over.empty())
        words += fmt::format("the daemon goes by the new {} now\n", fmt::join(taken_over, ", "));
    if (!needs_restart.empty())
        words += fmt::format("restart the daemon for the new {}\n", fmt::join(needs_restart, ", "));
    return words;
}

}  // namespace

ExitCode reload_command(const Context& context) {
    return tell_daemon(context, "Reload", {}, words_for);
}

}  // namespace berkeley::ctl
