#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {

ExitCode form_command(const Context& context) {
    return tell_daemon(context, "Form", {}, [](const boost::json::object& reply) {
        const boost::json::value* formed = reply.if_contains("formed");
        const bool now = formed != nullptr && formed->is_bool() && formed->get_bool();
        return fmt::format("cluster time {} formed with the clocks that are here: {}\n",
                           now ? "is" : "is being", string_in(reply, "clocks"));
    });
}

}  // namespace berkeley::ctl
