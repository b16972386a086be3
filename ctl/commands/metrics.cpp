#include "ctl/render/metrics.hpp"

#include <boost/json.hpp>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"

namespace berkeley::ctl {
namespace {

tl::expected<Account, ClientError> account_of(const std::string& socket) {
    Account account;
    account.version = daemon_version(socket).value_or("");
    const auto status = fetch(socket, "Status", "status");
    if (!status)
        return tl::unexpected(status.error());
    const auto members = fetch(socket, "Members", "members");
    if (!members)
        return tl::unexpected(members.error());
    const auto tracking = fetch(socket, "Tracking", "tracking");
    if (!tracking)
        return tl::unexpected(tracking.error());
    account.status = status_view({{"status", *status}});
    account.members = members_view({{"members", *members}});
    account.tracking = tracking_view({{"tracking", *tracking}});
    return account;
}

}  // namespace

// A daemon that is down is a value, not a failure: who collects this must not go on showing the
// last file of a daemon that is gone.
ExitCode metrics_command(const Context& context, Dialect dialect) {
    if (context.json) {
        print_error("metrics has no JSON: status, members and tracking have");
        return ExitCode::usage;
    }
    const auto account = account_of(context.socket);
    if (!account)
        print_error(account.error().message);
    print(expose(metrics_of(account ? std::optional(*account) : std::nullopt), dialect));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
