#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/config.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/files/config_files.hpp"

namespace berkeley::ctl {
namespace {

// At most `most` bytes; the error is an errno.
tl::expected<std::string, int> read_file(const std::string& path, std::size_t most) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return tl::unexpected(errno != 0 ? errno : EIO);
    std::string text(most, '\0');
    file.read(text.data(), static_cast<std::streamsize>(most));
    if (file.bad() || (file.gcount() == 0 && errno == EISDIR))
        return tl::unexpected(errno != 0 ? errno : EIO);
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

// The key file is the daemon's: what is wrong with it here may be right there, so these are notes.
std::string key_note(const std::string& path) {
    const std::string shown = printable(path);
    const auto text = read_file(path, 1024);
    if (!text && text.error() == ENOENT)
        return fmt::format(
            "the key file {} is missing: 'berkeleyctl key {}' makes one, once for "
            "the whole cluster",
            shown, shown);
    if (!text)
        return fmt::format("the key file {} was not looked at ({})", shown,
                           std::strerror(text.error()));
    struct stat found{};
    if (stat(path.c_str(), &found) == 0 && (found.st_mode & 077) != 0)
        return fmt::format("the key file {} is open to others (mode {:04o}): chmod 600 it", shown,
                           found.st_mode & 07777);
    const std::string_view digits = std::string_view(*text).substr(0, text->find('\n'));
    const bool hex = std::ranges::all_of(
        digits, [](char c) { return std::strchr("0123456789abcdefABCDEF", c) && c != '\0'; });
    if (digits.size() != 64 || !hex)
        return fmt::format(
            "the key file {} holds no key: it has 64 hexadecimal digits, as "
            "'berkeleyctl key' writes them",
            shown);
    return "";
}

std::vector<std::string> notes_on(const Config& config, std::string_view host) {
    std::vector<std::string> notes;
    if (config.node.name == host)
        notes.push_back(fmt::format("the node's name is {}", host));
    if (config.node.candidates.front().name == config.node.name)
        notes.emplace_back("this node is the master");
    if (config.node.clock == ClockMode::simulated)
        notes.emplace_back("the clock is simulated: this machine's is not touched");
    if (config.node.clock == ClockMode::observe)
        notes.emplace_back("the clock is observed, not steered");
    if (std::string key = key_note(config.key_file.native()); !key.empty())
        notes.push_back(std::move(key));
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
