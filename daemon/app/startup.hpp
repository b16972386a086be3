// From a configuration file to a daemon about to start. Whatever cannot be had is told here, in one
// sentence each that says what to do, before anything is changed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/app/daemon.hpp"
#include "daemon/config/config.hpp"

namespace berkeley {

// As the service manager and berkeleyd(8) know them.
enum class ExitCode : int {
    good = 0,
    failed = 1,         // may succeed if tried again later
    configuration = 2,  // will not succeed until somebody changes something
};

struct StartupError {
    ExitCode exit_code = ExitCode::failed;
    std::vector<LogEntry> entries;
};

struct StartupOptions {
    std::filesystem::path config;
    std::string user;  // to change to; empty: stay who we are
};

// Config, with the key in its place.
tl::expected<Config, StartupError> load_config(const std::filesystem::path& file);

// Opens what needs privileges. Journals what is done without.
tl::expected<DaemonParts, StartupError> prepare(const Config& config, Journal& journal);

// Gives up what is not needed any more. Call when all is open. A user to change to is given the new
// folders; others are not touched, as they may be anybody's (/run, /tmp).
tl::expected<void, StartupError> drop_privileges(
    const Config& config, const std::string& user,
    const std::vector<std::filesystem::path>& new_folders);

}  // namespace berkeley
