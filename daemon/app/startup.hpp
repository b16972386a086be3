// From a configuration file to a daemon about to start. Whatever cannot be had is told here, in one
// sentence each that says what to do, before anything is changed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/app/daemon.hpp"
#include "daemon/app/startup_error.hpp"
#include "daemon/config/config.hpp"

namespace berkeley {

struct StartupOptions {
    std::filesystem::path config;
    std::string user;  // to change to; empty: stay who we are
};

// All but the key.
tl::expected<Config, StartupError> read_config(const std::filesystem::path& file);

// Config, with the key in its place.
tl::expected<Config, StartupError> load_config(const std::filesystem::path& file);

// For DaemonParts. After a change of user the key may be out of reach, which is as it should be.
Reread rereading(const StartupOptions& options, Journal& journal);

// Opens what needs privileges. Journals what is done without.
tl::expected<DaemonParts, StartupError> prepare(const Config& config, Journal& journal);

// Gives up what is not needed any more. Call when all is open. A user to change to is given the new
// folders; others are not touched, as they may be anybody's (/run, /tmp).
tl::expected<void, StartupError> drop_privileges(
    const Config& config, const std::string& user,
    const std::vector<std::filesystem::path>& new_folders);

}  // namespace berkeley
