#include <boost/json.hpp>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"

namespace berkeley::ctl {

ExitCode tracking_command(const Context& context) {
    const auto tracking = fetch(context.socket, "Tracking", "tracking");
    if (!tracking)
        return fail(tracking.error());
    if (context.json) {
        print_json(*tracking);
        return ExitCode::good;
    }
    const auto status = fetch(context.socket, "Status", "status");
    if (!status)
        return fail(status.error());
    print(render_title(status_view({{"status", *status}}), context.style));
    print(render_tracking(tracking_view({{"tracking", *tracking}}), context.style));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
