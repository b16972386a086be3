#include "daemon/app/startup.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/app/notices.hpp"
#include "daemon/core/contract.hpp"
#include "daemon/files/config_files.hpp"
#include "daemon/files/identity.hpp"
#include "daemon/files/roster_loading.hpp"
#include "daemon/platform/capabilities.hpp"
#include "daemon/platform/error_text.hpp"
#include "daemon/platform/folder_lock.hpp"
#include "daemon/platform/kernel_timex.hpp"
#include "daemon/platform/observed_clock.hpp"
#include "daemon/platform/simulated_clock.hpp"
#include "daemon/platform/system_clock.hpp"

namespace berkeley {

namespace {

// No clock that is right reads less than this.
constexpr SystemTime kBuildDate{std::int64_t{BERKELEYD_BUILD_TIME} * 1'000'000'000};

constexpr const char* kStateFile = "state.json";
constexpr const char* kTrustFile = "trust.json";

tl::unexpected<StartupError> fail(ExitCode code, std::string message) {
    return tl::unexpected(StartupError{code, {notice::cannot_start(std::move(message))}});
}

tl::unexpected<StartupError> misconfigured(const std::filesystem::path& file, std::string message) {
    return tl::unexpected(StartupError{ExitCode::configuration,
                                       {notice::cannot_start_for(file, std::move(message))}});
}

std::string what_to_do_about(const FileError& error, const std::filesystem::path& file) {
    std::error_code ignored;
    if (error.cause != ENOENT || std::filesystem::exists(file, ignored))
        return error.message;
    return fmt::format(
        "there is no configuration file {}: this machine is in no cluster yet. 'berkeleyctl init' "
        "makes it the first node of one, 'berkeleyctl join' a node of one that has invited it (or "
        "write the file as berkeleyd.toml(5) tells, or name another with --config)",
        file.string());
}

// Whether there is such a folder now; made if need be, and then added to `made`.
bool ensure_folder(const std::filesystem::path& folder, std::filesystem::perms permissions,
                   std::vector<std::filesystem::path>& made, std::error_code& error) {
    if (std::filesystem::is_directory(folder, error))
        return true;
    if (!std::filesystem::create_directories(folder, error))
        return false;
    made.push_back(folder);
    std::filesystem::permissions(folder, permissions, error);
    return true;
}

std::unique_ptr<HostClock> make_clock(const Config& config) {
    switch (config.node.clock) {
        case ClockMode::system:
            return std::make_unique<SystemHostClock>();
        case ClockMode::observe:
        case ClockMode::reference:
            return std::make_unique<ObservedHostClock>();
        case ClockMode::simulated:
            return std::make_unique<SimulatedHostClock>(
                read_clock_bracket(), config.simulated.offset, config.simulated.drift);
    }
    contract_broken("a clock mode of no known kind");
}

// A made-up raw clock begins anew with each start, but keeps its drift.
RawClockIdentity raw_clock_of(const Config& config) {
    if (config.node.clock == ClockMode::simulated)
        return {"", fmt::format("simulated {:+.3f} ppm", config.simulated.drift * 1e6)};
    return {boot_id(), current_clocksource()};
}

// Where to keep state; nothing if there is no place for it, which is told.
std::optional<std::filesystem::path> state_file(const Config& config,
                                                std::vector<std::filesystem::path>& made,
                                                Journal& journal) {
    using std::filesystem::perms;
    std::error_code error;
    if (ensure_folder(config.state_dir, perms::owner_all, made, error)) {
        return config.state_dir / kStateFile;
    }
    journal.write(notice::state_not_saved(
        config.state_dir,
        fmt::format("cannot make the folder {} (state_dir): {}; nothing is kept over a restart, "
                    "which will take longer",
                    config.state_dir.string(), error.message())));
    return std::nullopt;
}

SavedState load_or_empty(const std::optional<std::filesystem::path>& file,
                         const RawClockIdentity& clock, Journal& journal) {
    SavedState saved;
    if (file) {
        auto loaded = load_state(*file, clock);
        if (loaded) {
            saved = std::move(*loaded);
        } else {
            journal.write(notice::state_not_read(*file, loaded.error()));
        }
    }
    saved.floor = std::max(saved.floor, kBuildDate);
    return saved;
}

bool is_candidate(const Config& config) {
    return std::ranges::count(config.node.candidates, config.node.name, &Candidate::name) > 0;
}

// Only a candidate has any; but any node may become one.
void look_after_trust(const Config& config, DaemonParts& parts, Journal& journal) {
    if (!config.node.key->locked())
        journal.write(notice::key_not_locked(config.key_file));
    parts.trust_place = {NodeName::from(config.node.cluster).value(), parts.raw_clock.boot_id};
    if (!parts.state_file)
        return;
    parts.trust_file = config.state_dir / kTrustFile;
    if (!is_candidate(config))
        return;
    auto loaded = load_trust(*parts.trust_file, parts.trust_place);
    if (!loaded)
        journal.write(notice::trust_not_read(*parts.trust_file, loaded.error()));
    parts.trust = loaded ? std::optional(std::move(*loaded)) : std::nullopt;
}

// As load_config() went by it.
void look_after_roster(const Config& config, DaemonParts& parts, Journal& journal) {
    LoadedRoster loaded = load_held_roster(config);
    parts.roster = std::move(loaded.held.saved);
    if (parts.state_file)
        parts.roster_file = roster_file(config);
    parts.roster_doubt = loaded.wrong;
    if (!loaded.wrong.empty())
        journal.write(notice::roster_not_read(roster_file(config), loaded.wrong));
    if (!loaded.held.note.empty())
        journal.write(notice::roster_differs(loaded.held.note));
}

void take_on(Config& config, Identity identity) {
    config.node.key = std::make_shared<const SecretKey>(std::move(identity.key));
    config.node.certificate = identity.certificate;
}

}  // namespace

tl::expected<Config, StartupError> read_config(const std::filesystem::path& file) {
    const auto sources = read_config_files(file);
    if (!sources)
        return misconfigured(file, what_to_do_about(sources.error(), file));
    auto config = parse_config(*sources, config_defaults());
    if (!config) {
        StartupError failure{ExitCode::configuration, {}};
        for (const ConfigError& error : config.error()) {
            failure.entries.push_back(notice::wrong_configuration(error));
        }
        return tl::unexpected(failure);
    }
    return std::move(*config);
}

tl::expected<Config, StartupError> load_config(const std::filesystem::path& file) {
    auto config = read_config(file);
    if (!config)
        return config;
    const LoadedRoster roster = load_held_roster(*config);
    take_held_roster(*config, roster);
    // It would lead without asking anybody.
    if (!roster.wrong.empty() && is_candidate(*config) && config->candidates.size() == 1)
        return misconfigured(roster_file(*config), roster.wrong);
    auto identity = read_identity(*config);
    if (!identity)
        return misconfigured(config->key_file, identity.error().message);
    take_on(*config, std::move(*identity));
    return config;
}

Reread rereading(const StartupOptions& options, Journal& journal) {
    return [options, &journal](const NodeSettings& in_use) -> tl::expected<Config, StartupError> {
        auto config = read_config(options.config);
        if (!config)
            return config;
        take_held_roster(*config, load_held_roster(*config));
        auto identity = read_identity(*config);
        if (identity) {
            take_on(*config, std::move(*identity));
            return config;
        }
        config->node.key = in_use.key;
        config->node.certificate = in_use.certificate;
        if (options.user.empty())
            journal.write(notice::key_not_read(config->key_file, identity.error().message));
        return config;
    };
}

tl::expected<DaemonParts, StartupError> prepare(const Config& config, Journal& journal) {
    if (config.node.clock == ClockMode::system &&
        !(may_set_clock() && kernel_takes_adjustments())) {
        return fail(ExitCode::failed,
                    "not permitted to steer the system clock (CAP_SYS_TIME is missing): start "
                    "berkeleyd as root, give it the capability (AmbientCapabilities=CAP_SYS_TIME "
                    "in its unit), or set clock = \"observe\"");
    }
    DaemonParts parts;
    for (const ListenAddress& address : config.listen) {
        const auto endpoint = resolve_listen_address(address);
        if (!endpoint)
            return fail(ExitCode::failed, endpoint.error());
        auto socket = StampedSocket::open(*endpoint);
        if (!socket)
            return fail(ExitCode::failed, socket.error());
        parts.sockets.push_back(std::move(*socket));
    }
    using std::filesystem::perms;
    std::error_code ignored;  // the control server will tell what stands in its way
    ensure_folder(config.socket.parent_path(),
                  perms::owner_all | perms::group_read | perms::group_exec | perms::others_read |
                      perms::others_exec,
                  parts.new_folders, ignored);
    parts.config = config;
    parts.clock = make_clock(config);
    // A simulated clock is set by nobody but us.
    if (config.node.clock != ClockMode::simulated) {
        auto watch = ClockSetWatch::open();
        if (watch) {
            parts.clock_set_watch.emplace(std::move(*watch));
        } else {
            journal.write(notice::clock_sets_not_seen(watch.error()));
        }
    }
    parts.raw_clock = raw_clock_of(config);
    parts.earliest = kBuildDate;
    parts.state_file = state_file(config, parts.new_folders, journal);
    auto lock = lock_folder(config.state_dir);
    if (!lock)
        return fail(ExitCode::failed,
                    fmt::format("{} keeps its state in {} already: give this daemon a `state_dir` "
                                "of its own, or stop the other",
                                lock.error(), config.state_dir.string()));
    parts.state_lock = std::move(*lock);
    parts.saved = load_or_empty(parts.state_file, parts.raw_clock, journal);
    look_after_trust(config, parts, journal);
    look_after_roster(config, parts, journal);
    return parts;
}

tl::expected<void, StartupError> drop_privileges(
    const Config& config, const std::string& user,
    const std::vector<std::filesystem::path>& new_folders) {
    Privileges privileges;
    privileges.set_clock = config.node.clock == ClockMode::system;
    if (!user.empty()) {
        const auto account = find_account(user);
        if (!account)
            return fail(ExitCode::configuration, account.error());
        privileges.account = *account;
        for (const std::filesystem::path& folder : new_folders) {
            if (chown(folder.c_str(), account->uid, account->gid) != 0)
                return fail(ExitCode::failed,
                            fmt::format("cannot give {} to user {}: {}; start as root, or leave "
                                        "out --user",
                                        folder.string(), user, error_text(errno)));
        }
    }
    const auto confined = confine(privileges);
    if (!confined)
        return fail(ExitCode::configuration, confined.error());
    return {};
}

}  // namespace berkeley
