#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/setup/enrolment.hpp"
#include "ctl/setup/new_node.hpp"
#include "ctl/setup/token_input.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/fresh_files.hpp"
#include "daemon/files/node_files.hpp"

namespace berkeley::ctl {
namespace {

using Done = tl::expected<void, EnrolmentError>;

tl::unexpected<EnrolmentError> failure(ExitCode code, std::string message) {
    return tl::unexpected(EnrolmentError{code, std::move(message)});
}

tl::unexpected<EnrolmentError> failure(const FileError& error) {
    return failure(exit_code_of(error), printable(error.message));
}

tl::expected<Token, EnrolmentError> given_token(const JoinOptions& options) {
    auto text = options.token.empty()
                    ? read_token(options.file)
                    : tl::expected<SecretText, FileError>(SecretText(options.token));
    if (!text)
        return failure(text.error());
    auto token = parse_token(text->view());
    if (!token)
        return failure(ExitCode::failed, to_text(token.error()));
    return std::move(*token);
}

tl::expected<NewNode, EnrolmentError> new_node(const JoinOptions& options, const Token& token) {
    auto name = node_name(options.node);
    if (!name)
        return failure(ExitCode::usage, std::move(name.error()));
    NewNode node;
    node.made_by = "berkeleyctl join";
    node.cluster = token.cluster.view();
    node.name = *name;
    for (const TokenCandidate& each : token.candidates) {
        if (each.name.view() == *name)
            return failure(ExitCode::failed,
                           fmt::format("{} is the name of a candidate of {} already: give this "
                                       "node another one, with --node",
                                       *name, node.cluster));
        node.candidates.push_back({std::string(each.name.view()), each.host, each.port});
        node.candidate_keys.push_back(each.key);
    }
    node.roster = token.roster;
    node.former_keys = token.former;
    return node;
}

Done no_member_yet(const NodePaths& paths) {
    for (const auto& file : {paths.config, paths.key, paths.certificate}) {
        std::error_code ignored;
        if (std::filesystem::symlink_status(file, ignored).type() ==
            std::filesystem::file_type::not_found)
            continue;
        return failure(
            ExitCode::failed,
            fmt::format("this machine is a member already: there is {}, which is never "
                        "overwritten. To start over: 'berkeleyctl revoke' its name on a candidate, "
                        "stop berkeleyd here, remove {}, {} and {}, and use a new invitation",
                        printable(file.string()), printable(paths.config.string()),
                        printable(paths.key.string()), printable(paths.certificate.string())));
    }
    return {};
}

Done no_other_cluster(const NewNode& node, const NodePaths& paths) {
    const std::string left = left_by_another(node, paths);
    return left.empty() ? Done() : failure(ExitCode::failed, printable(left));
}

// An invitation can be used once: what cannot be written is found out before.
Done can_be_written(const NewNode& node, const NodePaths& paths) {
    FreshFiles trial;
    const auto written = trial.add(paths.config, config_text(node, paths), Access::everyone);
    return written ? Done() : failure(written.error());
}

Done write(const NewNode& node, const NodePaths& paths, const SecretKey& key,
           const Certificate& certificate) {
    const NamedCertificate named{NodeName::from(node.cluster).value(),
                                 NodeName::from(node.name).value(), certificate};
    FreshFiles files;
    const auto made =
        files.add(paths.key, secret_text(key).view(), Access::daemon_only)
            .and_then(
                [&] { return files.add(paths.certificate, to_text(named), Access::everyone); })
            .and_then(
                [&] { return files.add(paths.config, config_text(node, paths), Access::everyone); })
            .and_then([&] { return files.place(); });
    return made ? Done() : failure(made.error());
}

struct Granted {
    bool votes = false;
    bool candidate = false;
};

void tell(const Context& context, const NewNode& node, const NodePaths& paths, const SecretKey& key,
          const Granted& granted) {
    if (context.json)
        return print_json({{"cluster", node.cluster},
                           {"node", node.name},
                           {"votes", granted.votes},
                           {"candidate", granted.candidate},
                           {"config", paths.config.string()},
                           {"key_file", paths.key.string()},
                           {"certificate_file", paths.certificate.string()},
                           {"key", to_text(key.public_key())}});
    std::string text = fmt::format(
        "{} is a node of the cluster {} now{}:\n"
        "  {}\n"
        "      its configuration\n"
        "  {}\n"
        "      its secret key, which never leaves this machine\n"
        "  {}\n"
        "      its certificate, signed by a candidate\n"
        "Start it:\n"
        "  systemctl enable --now berkeleyd\n"
        "  berkeleyctl waitsync\n",
        node.name, node.cluster, granted.votes ? "" : ", whose clock does not vote",
        printable(paths.config.string()), printable(paths.key.string()),
        printable(paths.certificate.string()));
    if (granted.candidate)
        text += fmt::format(
            "It is to be a candidate, too, and becomes one by itself when there are two such "
            "nodes:\n"
            "  berkeleyctl candidates\n"
            "      shows it then; on {}, also what that waits for\n",
            node.candidates.front().name);
    print(prose(text, context.style));
}

Done join(const Context& context, const JoinOptions& options) {
    const auto token = given_token(options);
    if (!token)
        return tl::unexpected(token.error());
    const auto node = new_node(options, *token);
    if (!node)
        return tl::unexpected(node.error());
    const NodePaths paths(options.config);
    auto ready =
        no_member_yet(paths).and_then([&] { return no_other_cluster(*node, paths); }).and_then([&] {
            return can_be_written(*node, paths);
        });
    if (!ready)
        return ready;
    const SecretKey key = new_secret_key();
    const auto certificate = enrol(*token, NodeName::from(node->name).value(), key.public_key());
    if (!certificate)
        return tl::unexpected(certificate.error());
    auto written = write(*node, paths, key, *certificate);
    if (written)
        tell(context, *node, paths, key, {certificate->votes, token->candidate});
    return written;
}

}  // namespace

ExitCode join_command(const Context& context, const JoinOptions& options) {
    const auto joined = join(context, options);
    if (joined)
        return ExitCode::good;
    print_error(joined.error().message);
    return joined.error().code;
}

}  // namespace berkeley::ctl
