#include "daemon/app/command_line.hpp"

#include <cstdlib>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "daemon/app/control_server.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/notices.hpp"
#include "daemon/app/startup.hpp"
#include "daemon/control/interface.hpp"
#include "daemon/platform/notify.hpp"
#include "daemon/platform/peer_credentials.hpp"
#include "daemon/platform/process_memory.hpp"
#include "daemon/platform/slew_attendant.hpp"
#include "daemon/platform/standard_streams.hpp"

namespace berkeley {

namespace {

// `systemctl status` shows the reason also where the journal may not be read, or there is none.
int give_up(const StartupError& error, Journal& journal) {
    for (const LogEntry& entry : error.entries)
        journal.write(entry);
    if (!error.entries.empty())
        notify_status(error.entries.front().message);
    return static_cast<int>(error.exit_code);
}

// For the kernel's clock only, and while there is but one thread.
void let_slews_be_attended(const Config& config, Daemon& daemon, Journal& journal) {
    if (config.node.clock != ClockMode::system)
        return;
    auto attendant = SlewAttendant::start();
    if (attendant)
        daemon.have_slews_attended(std::move(*attendant));
    else
        journal.write(notice::slews_not_attended(attendant.error()));
}

int run(const StartupOptions& options) {
    forbid_core_dumps();
    lock_memory();
    Journal journal;
    const auto config = load_config(options.config);
    if (!config)
        return give_up(config.error(), journal);
    auto parts = prepare(*config, journal);
    if (!parts)
        return give_up(parts.error(), journal);

    parts->reread = rereading(options, journal);
    const auto new_folders = parts->new_folders;
    const FileDescriptor state_lock = std::move(parts->state_lock);
    boost::asio::io_context context(1);
    Daemon daemon(context, std::move(*parts), journal);
    const ControlServer::Access access{find_group(std::string(kOperatorsGroup))};
    ControlServer control(context, config->socket, daemon, daemon, access);
    const auto listening = control.start();
    if (!listening)
        return give_up({ExitCode::failed, {notice::cannot_start(listening.error())}}, journal);
    const auto dropped = drop_privileges(*config, options.user, new_folders);
    if (!dropped)
        return give_up(dropped.error(), journal);
    forbid_core_dumps();
    let_slews_be_attended(*config, daemon, journal);
    daemon.start();
    context.run();
    control.stop();
    if (daemon.is_looking_up_names()) {
        journal.tell_of_floods(0ns);
        std::_Exit(static_cast<int>(ExitCode::good));
    }
    return static_cast<int>(ExitCode::good);
}

}  // namespace

int run_berkeleyd(int argc, char** argv) {
    secure_standard_streams();
    CLI::App app(
        "Keeps this machine's clock in agreement with those of a group of machines.\n"
        "See berkeleyd(8) and berkeleyd.toml(5).",
        "berkeleyd");
    StartupOptions options;
    std::string config(kDefaultConfigFile);
    app.add_option("--config", config, "Configuration file")->capture_default_str();
    app.add_option("--user", options.user, "User to change to once all is open (as root only)");
    app.set_version_flag("--version", fmt::format("berkeleyd {}", program_version()));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? static_cast<int>(ExitCode::good)
                                    : static_cast<int>(ExitCode::configuration);
    }
    options.config = config;
    return run(options);
}

}  // namespace berkeley
