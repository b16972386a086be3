#include "ctl/program.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/options.hpp"
#include "ctl/verbs.hpp"
#include "daemon/control/interface.hpp"
#include "daemon/core/node/log_level.hpp"

namespace berkeley::ctl {
namespace {

constexpr double kLongestWait = 1e9;  // seconds

void add_watch(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("watch", "Show the clocks live, until Ctrl-C");
    verb->add_option("--interval", options.watch.interval_s, "Between updates, 0.05 to 60")
        ->type_name("SECONDS")
        ->check(number(0.05, 60))
        ->capture_default_str();
    verb->add_option("--count", options.watch.count, "End after this many updates")
        ->type_name("N")
        ->check(whole_number(1, INT64_MAX));
    verb->callback([&options] {
        options.verb = [&options] { return watch_command(options.context, options.watch); };
    });
}

void add_waitsync(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("waitsync", "Wait until this node is synchronized");
    add_time(
        *verb,
        {"--timeout", "Give up after that: 30s, 5m; without it, wait for ever", 0, kLongestWait},
        options.wait.timeout_s);
    verb->add_option("--bound", options.wait.bound_us,
                     "Wait also until the bound is this many microseconds or less")
        ->type_name("US")
        ->check(number(0, kLongestWait * 1e6));
    verb->callback([&options] {
        options.verb = [&options] { return waitsync_command(options.context, options.wait); };
    });
}

void add_changing_verbs(CLI::App& app, Options& options) {
    add_verb(app, options, "poll", "Measure now, rather than at the next poll", poll_command);
    add_cluster_verbs(app, options);
    CLI::App* handover = app.add_subcommand("handover", "Have another candidate lead");
    handover->add_option("NODE", options.handover.node, "Which; without it, whoever suits best")
        ->type_name("");
    handover->add_flag("--if-leading", options.handover.if_leading,
                       "Do nothing on a node that does not lead");
    handover->callback([&options] {
        options.verb = [&options] { return handover_command(options.context, options.handover); };
    });
    add_verb(app, options, "reload", "Read the configuration again", reload_command);
    CLI::App* verb = app.add_subcommand("loglevel", "Log what matters as much as LEVEL or more");
    verb->add_option("LEVEL", options.log_level, "error, warning, notice or info")
        ->type_name("")
        ->required()
        ->check(one_of(std::vector<std::string>(kLogLevels.begin(), kLogLevels.end())));
    verb->callback([&options] {
        options.verb = [&options] { return loglevel_command(options.context, options.log_level); };
    });
}

void add_metrics(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("metrics", "Metrics as text, for Prometheus and the like");
    const auto take = [&options](const std::string& name) {
        options.dialect = name == "prometheus" ? Dialect::prometheus : Dialect::openmetrics;
    };
    verb->add_option_function<std::string>(
            "--format", take, "openmetrics, or prometheus for node_exporter's textfile collector")
        ->type_name("NAME")
        ->check(one_of({"openmetrics", "prometheus"}))
        ->default_str("openmetrics");
    verb->callback([&options] {
        options.verb = [&options] { return metrics_command(options.context, options.dialect); };
    });
}

void add_validate(CLI::App& app, Options& options) {
    CLI::App* validate = app.add_subcommand("validate", "Check a configuration file");
    validate->add_option("FILE", options.validate.file, "The file")
        ->type_name("")
        ->capture_default_str();
    validate->add_flag("--file-only", options.validate.only_file,
                       "Not the key, certificate and state that go with it on this machine");
    validate->callback([&options] {
        options.verb = [&options] { return validate_command(options.context, options.validate); };
    });
}

void describe(CLI::App& app, Options& options) {
    app.require_subcommand(1);
    app.fallthrough();  // --json and --socket may follow the verb
    app.add_option("--socket", options.context.socket, "The daemon's control socket")
        ->type_name("PATH")
        ->envname("BERKELEYD_SOCKET")
        ->capture_default_str();
    app.add_flag("--json", options.context.json, "Print JSON, one line");
    app.set_version_flag("--version", fmt::format("berkeleyctl {}", program_version()),
                         "Print the version of this program");
    add_verb(app, options, "status", "This node: its part, its offset, what is wrong, what to do",
             status_command);
    add_verb(app, options, "members", "All clocks of the cluster, and why one is not counted",
             members_command);
    add_verb(app, options, "tracking", "Counters of the daemon, and the kernel's clock",
             tracking_command);
    add_watch(app, options);
    add_waitsync(app, options);
    add_changing_verbs(app, options);
    add_metrics(app, options);
    add_membership_verbs(app, options);
    add_validate(app, options);
    add_verb(app, options, "version", "Versions of berkeleyctl and of the running daemon",
             version_command);
    app.footer(
        "Exit codes: 0 good, 1 not synchronized or failed, 2 usage, 3 no daemon,\n"
        "4 not permitted. See berkeleyctl(1).");
}

}  // namespace

void add_verb(CLI::App& app, Options& options, const std::string& name, const std::string& help,
              ExitCode (*command)(const Context&)) {
    app.add_subcommand(name, help)->callback([&options, command] {
        options.verb = [&options, command] { return command(options.context); };
    });
}

int run(int argc, const char* const* argv) {
    Options options;
    options.context.socket = kDefaultSocket;
    options.context.style = Style::of_stdout();
    CLI::App app("Shows what berkeleyd knows of this machine's clock, and tells it what to do.",
                 "berkeleyctl");
    describe(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0)
            return app.exit(error);  // it was asked for help
        print_error(words_for(app, error, {argv + 1, argv + argc}));
        return static_cast<int>(ExitCode::usage);
    }
    const ExitCode code = options.verb();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        print_error("could not write the output");
        return static_cast<int>(ExitCode::failed);
    }
    return static_cast<int>(code);
}

}  // namespace berkeley::ctl
