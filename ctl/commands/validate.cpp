#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <span>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/config.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/files/config_files.hpp"
#include "daemon/files/identity.hpp"

namespace berkeley::ctl {
namespace {

// The daemon that runs by it may hold a later roster of candidates.
std::string note_of_daemon(const Config& config) {
    std::error_code ignored;
    if (!std::filesystem::exists(config.socket, ignored))
        return {};
    const auto roster = fetch(config.socket.string(), "Candidates", "candidates");
    return roster && roster->is_object() ? printable(string_in(roster->get_object(), "note"))
                                         : std::string();
}

std::vector<std::string> notes_on(const Config& config, std::string_view host) {
    std::vector<std::string> notes;
    if (config.node.name == host)
        notes.push_back(fmt::format("the node's name is {}", host));
    const auto& candidates = config.node.candidates;
    if (std::ranges::count(candidates, config.node.name, &Candidate::name) > 0)
        notes.push_back(candidates.size() == 1
                            ? "this node is the master"
                            : fmt::format("this node is one of {} candidates, of which a majority "
                                          "elects the master",
                                          candidates.size()));
    if (config.node.clock == ClockMode::simulated)
        notes.emplace_back("the clock is simulated: this machine's is not touched");
    if (config.node.clock == ClockMode::observe)
        notes.emplace_back("the clock is observed, not steered");
    if (config.node.clock == ClockMode::reference)
        notes.emplace_back(
            "this node is a reference: another program is to steer the clock, and `references` on "
            "every candidate is to name it");
    const bool candidate = std::ranges::count(candidates, config.node.name, &Candidate::name) > 0;
    if (!config.node.references.empty() && !candidate)
        notes.emplace_back("`references` matters on candidates alone, and this node is none");
    if (std::string note = note_of_daemon(config); !note.empty())
        notes.push_back(std::move(note));
    // What is wrong with these here may be right where the daemon runs.
    if (const auto identity = read_identity(config); !identity)
        notes.push_back(printable(identity.error().message));
    return notes;
}

void print_as_json(const std::vector<ConfigSource>& sources, const std::vector<ConfigError>& errors,
                   const std::vector<std::string>& notes) {
    boost::json::array files;
    for (const ConfigSource& source : sources)
        files.emplace_back(source.file);
    boost::json::array wrong;
    for (const ConfigError& error : errors)
        wrong.push_back({{"file", error.file},
                         {"line", error.line},
                         {"column", error.column},
                         {"message", error.message}});
    print_json({{"file", sources.front().file},
                {"files", std::move(files)},
                {"valid", errors.empty()},
                {"errors", std::move(wrong)},
                {"notes", boost::json::value_from(notes)}});
}

}  // namespace

ExitCode validate_command(const Context& context, const std::string& file) {
    const auto sources = read_config_files(file);
    if (!sources) {
        print_error(printable(sources.error().message));
        return sources.error().cause == EACCES ? ExitCode::not_permitted : ExitCode::failed;
    }
    const std::string host = short_host_name();
    const auto config = parse_config(*sources, config_defaults());
    const std::vector<ConfigError> errors = config ? std::vector<ConfigError>{} : config.error();
    const std::vector<std::string> notes =
        config ? notes_on(*config, host) : std::vector<std::string>{};
    if (context.json) {
        print_as_json(*sources, errors, notes);
    } else {
        for (const ConfigError& error : errors)
            fmt::print(stderr, "{}\n", to_string(error));
        if (config)
            print(fmt::format("{} is good\n", printable(file)));
        for (const ConfigSource& drop_in : std::span(*sources).subspan(1))
            print(fmt::format("note: {} was read, too\n", printable(drop_in.file)));
        for (const std::string& note : notes)
            print(fmt::format("note: {}\n", note));
    }
    return config ? ExitCode::good : ExitCode::failed;
}

}  // namespace berkeley::ctl
