#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
// The token alone on standard output, so that it can be piped on; the rest is for people.
ExitCode invite_command(const Context& context, const InviteOptions& options) {
    boost::json::object terms{{"votes", options.votes}};
    if (options.candidate)
        terms["candidate"] = true;
    if (options.expires_s)
        terms["expires_s"] = static_cast<std::int64_t>(std::ceil(*options.expires_s));
    const auto told = [&options, &context](const boost::json::object& reply) {
        const boost::json::value* expires = reply.if_contains("expires_s");
        if (expires != nullptr && expires->is_int64())
            fmt::print(stderr, "{}",
                       prose(fmt::format("One node can join by this, within {}{}. On that machine, "
                                         "run berkeleyctl join, and give it this line:",
                                         lasting(expires->get_int64()),
                                         options.candidate
                                             ? ", and is then to be a candidate: as soon as there "
                                               "are two such nodes, both become it by themselves"
                                             : ""),
                             context.style));
        return string_in(reply, "token") + "\n";
    };
    return tell_daemon(context, "Invite", std::move(terms), told);
}

}  // namespace berkeley::ctl
