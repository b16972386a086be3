#include <boost/json.hpp>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"

namespace berkeley::ctl {

ExitCode members_command(const Context& context) {
    const auto members = fetch(context.socket, "Members", "members");
    if (!members)
        return fail(members.error());
    if (context.json) {
        print_json(*members);
        return ExitCode::good;
    }
    // A table of a simulated clock must not pass for one of the machine's.
    const auto status = fetch(context.socket, "Status", "status");
    if (!status)
        return fail(status.error());
    print(render_title(status_view({{"status", *status}}), context.style) + "\n");
    print(render_members(members_view({{"members", *members}}), context.style));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
