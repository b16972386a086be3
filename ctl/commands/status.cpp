#include <boost/json.hpp>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"

namespace berkeley::ctl {

ExitCode status_command(const Context& context) {
    const auto status = fetch(context.socket, "Status", "status");
    if (!status)
        return fail(status.error());
    const StatusView view = status_view({{"status", *status}});
    if (context.json) {
        print_json(*status);
    } else {
        // Without the members the screen still stands: they only say more of what is wrong.
        const auto members = fetch(context.socket, "Members", "members");
        const std::vector<MemberView> all =
            members ? members_view({{"members", *members}}) : std::vector<MemberView>{};
        print(render_status(view, all, context.style));
    }
    return view.synchronized() ? ExitCode::good : ExitCode::failed;
}

}  // namespace berkeley::ctl
