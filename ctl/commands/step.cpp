#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {

ExitCode step_command(const Context& context) {
    return tell_daemon(context, "Step", {}, [](const boost::json::object& reply) {
        const boost::json::value* by = reply.if_contains("stepped_ns");
        std::optional<std::int64_t> ns;
        if (by != nullptr && by->is_int64())
            ns = by->get_int64();
        return fmt::format("stepped the clock by {}, onto cluster time\n", signed_time(ns));
    });
}

}  // namespace berkeley::ctl
