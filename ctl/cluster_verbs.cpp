#include <CLI/CLI.hpp>

#include "ctl/options.hpp"
#include "ctl/verbs.hpp"

namespace berkeley::ctl {
namespace {

void add_step(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("step", "Put this clock on cluster time by one step, now");
    verb->add_flag("--all", options.step_all,
                   "On the master: those of all nodes, at one instant 10 s ahead");
    verb->callback([&options] {
        options.verb = [&options] {
            return options.step_all ? step_all_command(options.context)
                                    : step_command(options.context);
        };
    });
}

void look_at(const SetTimeOptions& settime, bool has_time) {
    if (settime.step && settime.slew)
        throw CLI::ExcludesError("--step", "--slew");
    const bool more = has_time || settime.step || settime.slew || settime.dry_run;
    if (settime.cancel && more)
        throw CLI::ExcludesError("--cancel", "everything else");
    if (!settime.cancel && !has_time)
        throw CLI::RequiredError("TIME");
}

void add_settime(CLI::App& app, Options& options) {
    SetTimeOptions& settime = options.settime;
    CLI::App* verb = app.add_subcommand("settime", "Move cluster time, on all nodes at once");
    CLI::Option* time = verb->add_option(
        "TIME", settime.time, "'2026-11-27 18:00:00', 18:00, @SECONDS; or by how much: +1.5s, -2h");
    time->type_name("");
    verb->add_flag("--step", settime.step, "The clocks are stepped");
    verb->add_flag("--slew", settime.slew, "The clocks are slewed");
    verb->add_flag("--dry-run", settime.dry_run, "Only tell what it would come to");
    verb->add_flag("--cancel", settime.cancel, "Call off the move that is to come");
    verb->callback([&options, time] {
        look_at(options.settime, time->count() > 0);
        options.verb = [&options] { return settime_command(options.context, options.settime); };
    });
}

void add_clockdiff(CLI::App& app, Options& options) {
    CLI::App* verb =
        app.add_subcommand("clockdiff", "Compare this machine's clock with other hosts', by ICMP");
    verb->add_option("HOST", options.clockdiff.hosts, "Names or IPv4 addresses")
        ->type_name("")
        ->required();
    verb->add_option("--count", options.clockdiff.probes, "Probes to each")
        ->type_name("N")
        ->check(whole_number(1, 10'000))
        ->capture_default_str();
    verb->callback([&options] {
        options.verb = [&options] { return clockdiff_command(options.context, options.clockdiff); };
    });
}

}  // namespace

void add_cluster_verbs(CLI::App& app, Options& options) {
    add_step(app, options);
    add_settime(app, options);
    add_verb(app, options, "form", "Form cluster time with the clocks that are here", form_command);
    add_clockdiff(app, options);
}

}  // namespace berkeley::ctl
