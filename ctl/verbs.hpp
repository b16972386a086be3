// How the verbs come to be known to the command line.
#pragma once

#include <functional>
#include <string>

#include "ctl/commands/commands.hpp"
#include "daemon/config/config.hpp"

namespace CLI {
class App;
}

namespace berkeley::ctl {

// What the command line says, for all verbs.
struct Options {
    Context context;
    WatchOptions watch;
    WaitOptions wait;
    Dialect dialect = Dialect::openmetrics;
    ValidateOptions validate;
    KeyOptions key;
    InitOptions init;
    CertifyOptions certify;
    InviteOptions invite;
    JoinOptions join;
    std::string revoked;
    PromoteOptions promote;
    RetireOptions retire;
    HandoverOptions handover;
    SetTimeOptions settime;
    bool step_all = false;
    ClockDiffOptions clockdiff;
    std::string log_level;
    std::function<ExitCode()> verb;
};

void add_verb(CLI::App& app, Options& options, const std::string& name, const std::string& help,
              ExitCode (*command)(const Context&));

// Of the whole cluster: step, settime, form; and clockdiff.
void add_cluster_verbs(CLI::App& app, Options& options);

// Who belongs to the cluster: init, invite, join and what goes with them.
void add_membership_verbs(CLI::App& app, Options& options);

}  // namespace berkeley::ctl
