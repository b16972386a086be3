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
    if (options.expires_s)
        terms["expires_s"] = static_cast<std::int64_t>(std::ceil(*options.expires_s));
    return tell_daemon(context, "Invite", std::move(terms), [](const boost::json::object& reply) {
        const boost::json::value* expires = reply.if_contains("expires_s");
        if (expires != nullptr && expires->is_int64())
            fmt::print(stderr,
                       "One node can join by this, within {}. On that machine, run berkeleyctl "
                       "join, and give it this line:\n",
                       lasting(expires->get_int64()));
        return string_in(reply, "token") + "\n";
    });
}

}  // namespace berkeley::ctl
