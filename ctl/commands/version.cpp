#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/control/interface.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::chrono::milliseconds kPatience{1000};

// Of the daemon on the socket. That none runs is no failure of this verb.
std::optional<std::string> daemon_version(const std::string& socket) {
    auto client = Client::connect(socket);
    if (!client)
        return std::nullopt;
    varlink::Call call;
    call.method = fmt::format("{}.GetInfo", kServiceInterface);
    const auto info = client->send(call).and_then([&client] { return client->receive(kPatience); });
    const boost::json::value* version = info ? info->if_contains("version") : nullptr;
    if (version == nullptr || !version->is_string())
        return std::nullopt;
    return printable(std::string_view(version->get_string()), 100);
}

}  // namespace

ExitCode version_command(const Context& context) {
    const auto running = daemon_version(context.socket);
    if (context.json) {
        print_json(
            {{"berkeleyctl", program_version()},
             {"berkeleyd", running ? boost::json::value(*running) : boost::json::value(nullptr)}});
        return ExitCode::good;
    }
    print(fmt::format("berkeleyctl {}\n", program_version()));
    if (running)
        print(fmt::format("berkeleyd {} (running)\n", *running));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
