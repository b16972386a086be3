#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/style.hpp"
#include "ctl/setup/new_node.hpp"
#include "ctl/setup/own_address.hpp"
#include "daemon/config/address.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/core/wire/identity.hpp"
#include "daemon/files/fresh_files.hpp"
#include "daemon/files/node_files.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::string_view kAsk = "say where the others reach it, --address HOST";

tl::expected<HostPort, std::string> reachable_at(const std::string& given) {
    if (!given.empty()) {
        auto parsed = parse_host_port(given, kDefaultPort);
        return parsed ? parsed : tl::unexpected("--address: " + parsed.error());
    }
    const std::vector<std::string> own = own_addresses();
    if (own.size() == 1)
        return HostPort{own.front(), kDefaultPort};
    if (own.empty())
        return tl::unexpected(
            fmt::format("this machine has no address that means anything to others: {}", kAsk));
    return tl::unexpected(
        fmt::format("this machine has several addresses ({}): {}", fmt::join(own, ", "), kAsk));
}

tl::expected<NewNode, std::string> first_node(const InitOptions& options) {
    if (!valid_name(options.cluster))
        return tl::unexpected(
            fmt::format("{} is no valid name of a cluster: use 1 to 63 letters, "
                        "digits, '.', '_' and '-'",
                        in_quotes(options.cluster)));
    auto name = node_name(options.node);
    if (!name)
        return tl::unexpected(std::move(name.error()));
    auto at = reachable_at(options.address);
    if (!at)
        return tl::unexpected(std::move(at.error()));
    NewNode node;
    node.made_by = "berkeleyctl init";
    node.cluster = options.cluster;
    node.name = *name;
    node.candidates = {{*name, at->host, at->port}};
    node.expect = options.expect;
    node.port = at->port;
    return node;
}

std::string account(const NewNode& node, const NodePaths& paths) {
    return fmt::format(
        "{0} is the first node of the cluster {1}, and its master:\n"
        "  {2}\n"
        "      its configuration; the others find it at {3}, UDP port {4}\n"
        "  {5}\n"
        "      its secret key, which never leaves this machine\n"
        "Start it here:\n"
        "  systemctl enable --now berkeleyd\n"
        "For each other node, ask here for an invitation,\n"
        "  berkeleyctl invite\n"
        "(two with --candidate: then three nodes may lead, and the cluster outlives this one)\n"
        "and use the line that it prints on that machine:\n"
        "  berkeleyctl join\n",
        node.name, node.cluster, printable(paths.config.string()), node.candidates.front().host,
        node.port, printable(paths.key.string()));
}

}  // namespace

ExitCode init_command(const Context& context, const InitOptions& options) {
    auto node = first_node(options);
    if (!node) {
        print_error(node.error());
        return ExitCode::usage;
    }
    const NodePaths paths(options.config);
    const SecretKey key = new_secret_key();
    node->candidate_keys = {key.public_key()};
    if (const std::string left = left_by_another(*node, paths); !left.empty()) {
        print_error(printable(left));
        return ExitCode::failed;
    }
    FreshFiles files;
    const auto made =
        files.add(paths.key, secret_text(key).view(), Access::daemon_only)
            .and_then([&] {
                return files.add(paths.config, config_text(*node, paths), Access::everyone);
            })
            .and_then([&] { return files.place(); });
    if (!made)
        return fail(made.error());
    if (context.json)
        print_json({{"cluster", node->cluster},
                    {"node", node->name},
                    {"address", place(node->candidates.front())},
                    {"config", paths.config.string()},
                    {"key_file", paths.key.string()},
                    {"key", to_text(key.public_key())}});
    else
        print(prose(account(*node, paths), context.style));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
