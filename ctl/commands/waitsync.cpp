#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/interrupt.hpp"
#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetween{200};

bool good_enough(const StatusView& status, const WaitOptions& options) {
    if (!status.synchronized() || !options.bound_us)
        return status.synchronized();
    return status.bound_ns && static_cast<double>(*status.bound_ns) <= *options.bound_us * 1000;
}

std::string account(const StatusView& status) {
    std::string text = fmt::format("{} is {}{}, offset {}, bound {}", status.node,
                                   status.state == "holdover" ? "in " : "", status.state,
                                   signed_time(status.offset_ns), plus_minus(status.bound_ns));
    if (status.clock != "system")
        text += status.clock == "simulated" ? " (simulated clock)" : " (observed, not steered)";
    return status.reason.empty() ? text : text + ": " + status.reason;
}

std::string out_of_time(const WaitOptions& options) {
    std::string text = fmt::format("not within {} s", *options.timeout_s);
    return options.bound_us ? text + fmt::format(" to ±{} µs", *options.bound_us) : text;
}

using Status = tl::expected<boost::json::value, ClientError>;

ExitCode give_up(const Context& context, const Status& last, std::string_view why) {
    if (!last)
        return fail(last.error());
    if (context.json)
        print_json(*last);
    print_error(fmt::format("{}: {}", why, account(status_view({{"status", *last}}))));
    return ExitCode::failed;
}

}  // namespace

ExitCode waitsync_command(const Context& context, const WaitOptions& options) {
    const Interrupt interrupt;
    const auto start = steady_clock::now();
    const auto waited_s = [start] {
        return std::chrono::duration<double>(steady_clock::now() - start).count();
    };
    while (true) {
        const Status status = fetch(context.socket, "Status", "status");
        // With a time given, a daemon that is only just being started is waited for as well.
        const bool patient = options.timeout_s.has_value() &&
                             (status || status.error().kind == ClientError::Kind::no_daemon);
        if (!status && !patient)
            return fail(status.error());
        if (status) {
            const StatusView view = status_view({{"status", *status}});
            if (good_enough(view, options)) {
                if (context.json)
                    print_json(*status);
                else
                    print(context.style.spell(account(view)) + "\n");
                return ExitCode::good;
            }
        }
        if (options.timeout_s && waited_s() >= *options.timeout_s)
            return give_up(context, status, out_of_time(options));
        if (interrupt.sleep(kBetween))
            return give_up(context, status, "interrupted");
    }
}

}  // namespace berkeley::ctl
