#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/setup/random_number.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/config_files.hpp"
#include "daemon/files/identity.hpp"
#include "daemon/files/roster_loading.hpp"

namespace berkeley::ctl {
namespace {

tl::unexpected<FileError> wrong(std::string message) {
    return tl::unexpected(FileError{EINVAL, std::move(message)});
}

tl::expected<Config, FileError> read_config(const std::string& file) {
    const auto sources = read_config_files(file);
    if (!sources)
        return tl::unexpected(sources.error());
    auto config = parse_config(*sources, config_defaults());
    if (!config)
        return wrong(to_string(config.error().front()));
    take_held_roster(*config, load_held_roster(*config));
    return std::move(*config);
}

bool is_candidate(const Config& config, std::string_view name) {
    return std::ranges::find(config.candidates, name, &CandidateAddress::name) !=
           config.candidates.end();
}

tl::expected<NamedCertificate, FileError> certificate(const CertifyOptions& options) {
    const auto config = read_config(options.config);
    if (!config)
        return tl::unexpected(config.error());
    if (!is_candidate(*config, config->node.name))
        return wrong(
            fmt::format("{} is no candidate of {}, and nobody believes its signature: do "
                        "this on {}",
                        config->node.name, config->node.cluster, config->candidates.front().name));
    const auto name = NodeName::from(options.name);
    if (!name)
        return wrong(
            fmt::format("{} is no valid name of a node: use 1 to 63 letters, digits, '.', "
                        "'_' and '-'",
                        in_quotes(options.name)));
    if (is_candidate(*config, options.name))
        return wrong(
            fmt::format("{} is a candidate: its key stands in [keys] of all nodes, and it "
                        "needs no certificate",
                        options.name));
    const auto key = parse_public_key(options.key);
    if (!key)
        return wrong(to_text(key.error()));
    const auto own = read_identity(*config);
    if (!own)
        return tl::unexpected(own.error());
    return NamedCertificate{NodeName::from(config->node.cluster).value(), *name,
                            certify(own->key, config->node.cluster, options.name, *key,
                                    options.votes, random_number())};
}

}  // namespace

ExitCode certify_command(const Context& context, const CertifyOptions& options) {
    const auto made = certificate(options);
    if (!made)
        return fail(made.error());
    if (context.json)
        print_json({{"certificate", to_text(*made)}});
    else
        print(to_text(*made) + "\n");
    return ExitCode::good;
}

}  // namespace berkeley::ctl
