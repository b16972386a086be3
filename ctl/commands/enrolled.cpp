#include <boost/json.hpp>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"

namespace berkeley::ctl {

ExitCode enrolled_command(const Context& context) {
    const auto nodes = fetch(context.socket, "Enrolled", "nodes");
    if (!nodes)
        return fail(nodes.error());
    if (context.json)
        print_json(*nodes);
    else
        print(render_enrolled(enrolled_view({{"nodes", *nodes}}), context.style));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
