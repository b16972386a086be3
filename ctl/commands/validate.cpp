#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <span>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/config.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/files/config_files.hpp"
#include "daemon/files/identity.hpp"
#include "daemon/files/roster_loading.hpp"

namespace berkeley::ctl {
namespace {

// What goes with the file on this machine, as sentences.
struct Surroundings {
    std::vector<std::string> problems;
    std::vector<std::string> notes;
};

// The daemon that runs by it may hold a later roster of candidates.
std::string note_of_daemon(const Config& config) {
    std::error_code ignored;
    if (!std::filesystem::exists(config.socket, ignored))
        return {};
    const auto roster = fetch(config.socket.string(), "Candidates", "candidates");
    return roster && roster->is_object() ? printable(string_in(roster->get_object(), "note"))
                                         : std::string();
}

std::string role_of_candidate(const Config& config) {
    if (config.candidates.size() == 1)
        return "this node is the master";
    const std::string by =
        config.node.roster > 0 ? fmt::format(" by roster {}", config.node.roster) : "";
    return fmt::format("this node is one of {} candidates{}, of which a majority elects the master",
                       config.candidates.size(), by);
}

std::vector<std::string> notes_on(const Config& config) {
    std::vector<std::string> notes;
    if (config.node.name == short_host_name())
        notes.push_back(fmt::format("the node's name is {}", config.node.name));
    const bool candidate =
        std::ranges::count(config.candidates, config.node.name, &CandidateAddress::name) > 0;
    if (candidate)
        notes.push_back(role_of_candidate(config));
    if (config.node.clock == ClockMode::simulated)
        notes.emplace_back("the clock is simulated: this machine's is not touched");
    if (config.node.clock == ClockMode::observe)
        notes.emplace_back("the clock is observed, not steered");
    if (config.node.clock == ClockMode::reference)
        notes.emplace_back(
            "this node is a reference: another program is to steer the clock, and `references` on "
            "every candidate is to name it");
    if (!config.node.references.empty() && !candidate)
        notes.emplace_back("`references` matters on candidates alone, and this node is none");
    return notes;
}

// As the daemon starts. Where this user may not look, nothing is known to be wrong.
Surroundings surroundings_of(Config config) {
    const LoadedRoster roster = load_held_roster(config);
    if (roster.forbidden)
        return {{}, {printable(roster.wrong)}};
    take_held_roster(config, roster);
    Surroundings found{{}, notes_on(config)};
    const std::string told = note_of_daemon(config);
    if (!roster.wrong.empty())
        found.problems.push_back(printable(roster.wrong));
    else if (!told.empty() || !roster.held.note.empty())
        found.notes.push_back(told.empty() ? printable(roster.held.note) : told);
    if (const auto identity = read_identity(config); !identity) {
        const bool forbidden = identity.error().cause == EACCES && geteuid() != 0;
        (forbidden ? found.notes : found.problems).push_back(printable(identity.error().message));
    }
    return found;
}

void print_as_json(const std::vector<ConfigSource>& sources, const std::vector<ConfigError>& errors,
                   const Surroundings& found) {
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
                {"problems", boost::json::value_from(found.problems)},
                {"notes", boost::json::value_from(found.notes)}});
}

}  // namespace

ExitCode validate_command(const Context& context, const ValidateOptions& options) {
    const std::string& file = options.file;
    const auto sources = read_config_files(file);
    if (!sources)
        return fail(sources.error());
    const auto config = parse_config(*sources, config_defaults());
    const std::vector<ConfigError> errors = config ? std::vector<ConfigError>{} : config.error();
    Surroundings found;
    if (config)
        found = options.only_file ? Surroundings{{}, notes_on(*config)} : surroundings_of(*config);
    if (context.json) {
        print_as_json(*sources, errors, found);
    } else {
        for (const ConfigError& error : errors)
            fmt::print(stderr, "{}\n", to_string(error));
        for (const std::string& problem : found.problems)
            print_error(fmt::format("{} is good, and what belongs to it here is not: {}",
                                    printable(file), problem));
        if (config && found.problems.empty())
            print(fmt::format("{} is good\n", printable(file)));
        for (const ConfigSource& drop_in : std::span(*sources).subspan(1))
            print(fmt::format("note: {} was read, too\n", printable(drop_in.file)));
        for (const std::string& note : found.notes)
            print(fmt::format("note: {}\n", note));
    }
    return config && found.problems.empty() ? ExitCode::good : ExitCode::failed;
}

}  // namespace berkeley::ctl
