// promote and retire: each is proposed to the candidates, and waited for.
#include <chrono>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/commands/roster.hpp"
#include "daemon/config/address.hpp"
#include "daemon/config/wording.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{250};
constexpr std::chrono::seconds kPatience{75};  // longer than the daemon's

std::int64_t serial_in(const boost::json::object& object) {
    const boost::json::value* serial = object.if_contains("serial");
    return serial != nullptr && serial->is_int64() ? serial->get_int64() : 0;
}

ExitCode wait_for(const Context& context, std::int64_t serial, const std::string& done) {
    std::string waits_for;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
        const auto found = fetch(context.socket, "Candidates", "candidates");
        if (!found)
            return fail(found.error());
        if (!found->is_object())
            break;
        const boost::json::object& roster = found->get_object();
        const boost::json::value* in_force = roster.if_contains("in_force");
        const bool taken_up = in_force != nullptr && in_force->is_bool() && in_force->get_bool();
        if (serial_in(roster) >= serial && taken_up) {
            if (context.json)
                print_json(roster);
            else
                print(done + "\n" + roster_text(roster, context.style));
            return ExitCode::good;
        }
        const std::string outcome = printable(string_in(roster, "outcome"));
        const std::string now = proposal_text(roster);
        if (now.empty() && serial_in(roster) < serial) {
            print_error(outcome.empty() ? "the change is proposed no more: this node leads no more"
                                        : outcome);
            return ExitCode::failed;
        }
        if (!now.empty() && now != waits_for && !context.json)
            print_error("waiting: " + now);
        waits_for = now;
        std::this_thread::sleep_for(kBetweenLooks);
    }
    print_error(
        "no majority of the candidates has signed it in time: 'berkeleyctl candidates' "
        "tells who has not");
    return ExitCode::failed;
}

ExitCode change(const Context& context, std::string_view method, boost::json::object parameters,
                const std::string& done) {
    std::int64_t serial = 0;
    Context quiet = context;
    quiet.json = false;
    const ExitCode begun = tell_daemon(quiet, method, std::move(parameters),
                                       [&serial](const boost::json::object& reply) {
                                           serial = serial_in(reply);
                                           return std::string();
                                       });
    return begun == ExitCode::good ? wait_for(context, serial, done) : begun;
}

}  // namespace

ExitCode promote_command(const Context& context, const PromoteOptions& options) {
    boost::json::object parameters{{"node", options.node}};
    if (!options.address.empty()) {
        const auto address = parse_host_port(options.address, kDefaultPort);
        if (!address) {
            print_error("--address: " + address.error());
            return ExitCode::usage;
        }
        parameters["host"] = address->host;
        parameters["port"] = address->port;
    }
    return change(context, "Promote", std::move(parameters),
                  fmt::format("{} is a candidate now", printable(options.node)));
}

ExitCode retire_command(const Context& context, const RetireOptions& options) {
    return change(
        context, "Retire",
        {{"node", options.node}, {"distrust", options.distrust}, {"force", options.force}},
        fmt::format("{} is no candidate any more{}", printable(options.node),
                    options.distrust ? ", and what it certified holds no more" : ""));
}

}  // namespace berkeley::ctl
