#include "ctl/setup/new_node.hpp"

#include <fmt/format.h>

#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/core/wire/identity.hpp"
#include "daemon/files/config_files.hpp"
#include "daemon/files/roster_loading.hpp"

namespace berkeley::ctl {
namespace {

namespace fs = std::filesystem;

// A basic string. What an operator gave as a path may hold anything.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out + "\"";
}

std::string line(std::string_view key, std::string_view value) {
    return fmt::format("{} = {}\n", key, toml_string(value));
}

std::string line_of_file(std::string_view key, const fs::path& file, std::string_view usual) {
    return file == usual ? "" : line(key, fs::absolute(file).lexically_normal().string());
}

}  // namespace

NodePaths::NodePaths(std::string_view config_file) : config(config_file) {
    key = config.parent_path() / fs::path(kDefaultKeyFile).filename();
    certificate = config.parent_path() / fs::path(kDefaultCertificateFile).filename();
}

std::string place(const CandidateAddress& candidate) {
    const bool v6 = candidate.host.find(':') != std::string::npos;
    std::string text = v6 ? "[" + candidate.host + "]" : candidate.host;
    if (candidate.port != kDefaultPort)
        text += fmt::format(":{}", candidate.port);
    return text;
}

std::string config_text(const NewNode& node, const NodePaths& paths) {
    std::string text = fmt::format("# Made by `{}`. All keys: berkeleyd.toml(5).\n", node.made_by);
    text += line("name", node.name) + line("cluster", node.cluster);
    text += "\n# The nodes of which one is master, and where the others find them.\ncandidates = [";
    for (std::size_t i = 0; i < node.candidates.size(); ++i)
        text += (i == 0 ? "" : ", ") +
                toml_string(node.candidates[i].name + "=" + place(node.candidates[i]));
    text +=
        "]\n\n# How many voting clocks there are: cluster time is formed when a majority of them "
        "agrees.\n";
    text += node.expect ? fmt::format("expect = {}\n", *node.expect) : "# expect = 3\n";
    if (node.roster != 0)
        text += fmt::format(
            "\n# Which roster of candidates that is: later changes follow on it.\nroster = {}\n",
            node.roster);
    if (!node.former_keys.empty()) {
        text += "former_keys = [";
        for (std::size_t i = 0; i < node.former_keys.size(); ++i)
            text += (i == 0 ? "" : ", ") + toml_string(to_text(node.former_keys[i]));
        text += "]\n";
    }
    if (node.port != kDefaultPort)
        text += line("listen", fmt::format("[::]:{}", node.port));
    text += line_of_file("key_file", paths.key, kDefaultKeyFile);
    text += line_of_file("certificate_file", paths.certificate, kDefaultCertificateFile);
    text += "\n# Whom this node believes.\n[keys]\n";
    for (std::size_t i = 0; i < node.candidates.size(); ++i)
        text += line(toml_string(node.candidates[i].name), to_text(node.candidate_keys.at(i)));
    return text;
}

std::string left_by_another(const NewNode& node, const NodePaths& paths) {
    std::vector<ConfigSource> sources{{paths.config.string(), config_text(node, paths)}};
    if (const auto drop_ins = read_drop_ins(paths.config))
        sources.insert(sources.end(), drop_ins->begin(), drop_ins->end());
    const auto config = parse_config(sources, config_defaults());
    return config ? berkeley::left_by_another(*config) : std::string();
}

tl::expected<std::string, std::string> node_name(const std::string& given) {
    const std::string name = given.empty() ? short_host_name() : given;
    if (valid_name(name))
        return name;
    return tl::unexpected(
        fmt::format("{} is no valid name of a node: give one with --node, of 1 to 63 letters, "
                    "digits, '.', '_' and '-'",
                    in_quotes(name)));
}

}  // namespace berkeley::ctl
