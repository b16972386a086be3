#include <boost/json.hpp>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"

namespace berkeley::ctl {

ExitCode invitations_command(const Context& context) {
    const auto invitations = fetch(context.socket, "Invitations", "invitations");
    if (!invitations)
        return fail(invitations.error());
    if (context.json)
        print_json(*invitations);
    else
        print(render_invitations(invitations_view({{"invitations", *invitations}}), context.style));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
