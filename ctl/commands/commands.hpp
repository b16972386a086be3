// The verbs. Each prints and gives the exit code; errors go to standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ctl/exit_code.hpp"
#include "ctl/render/exposition.hpp"
#include "ctl/render/style.hpp"
#include "daemon/config/config.hpp"

namespace berkeley::ctl {

struct Context {
    std::string socket;
    bool json = false;
    Style style;  // of standard output
};

struct WatchOptions {
    double interval_s = 1;
    std::uint64_t count = 0;  // of updates; 0 for no end
};

struct HandoverOptions {
    std::string node;         // empty: whoever suits best
    bool if_leading = false;  // nothing to do, and no error, on a node that does not lead
};

struct WaitOptions {
    std::optional<double> timeout_s;  // none: for ever
    std::optional<double> bound_us;   // none: any
};

struct SetTimeOptions {
    std::string time;  // as it was typed
    bool step = false;
    bool slew = false;
    bool dry_run = false;
    bool cancel = false;
};

struct ClockDiffOptions {
    std::vector<std::string> hosts;
    std::size_t probes = 50;
};

struct PromoteOptions {
    std::string node;
    std::string address;  // HOST or HOST:PORT; empty: as the master reaches it
};

struct RetireOptions {
    std::string node;
    bool distrust = false;
    bool force = false;
};

struct KeyOptions {
    std::string file{kDefaultKeyFile};
    bool only_public = false;
};

struct InitOptions {
    std::string cluster;
    std::string node;     // empty: the host name
    std::string address;  // empty: the machine's only one
    std::optional<int> expect;
    std::string config{kDefaultConfigFile};
};

struct CertifyOptions {
    std::string name;
    std::string key;
    bool votes = true;
    std::string config{kDefaultConfigFile};
};

struct InviteOptions {
    bool votes = true;
    bool candidate = false;
    std::optional<double> expires_s;  // none: as long as the daemon likes
};

struct JoinOptions {
    std::string token;  // empty: from `file`
    std::string file;   // empty: from standard input
    std::string node;   // empty: the host name
    std::string config{kDefaultConfigFile};
};

struct ValidateOptions {
    std::string file{kDefaultConfigFile};
    bool only_file = false;  // not what goes with it on this machine
};

ExitCode status_command(const Context& context);
ExitCode members_command(const Context& context);
ExitCode tracking_command(const Context& context);
ExitCode watch_command(const Context& context, const WatchOptions& options);
ExitCode waitsync_command(const Context& context, const WaitOptions& options);
ExitCode poll_command(const Context& context);
ExitCode step_command(const Context& context);
ExitCode step_all_command(const Context& context);
ExitCode settime_command(const Context& context, const SetTimeOptions& options);
ExitCode form_command(const Context& context);
ExitCode clockdiff_command(const Context& context, const ClockDiffOptions& options);
ExitCode handover_command(const Context& context, const HandoverOptions& options);
ExitCode reload_command(const Context& context);
ExitCode loglevel_command(const Context& context, const std::string& level);
ExitCode metrics_command(const Context& context, Dialect dialect);
ExitCode validate_command(const Context& context, const ValidateOptions& options);
ExitCode version_command(const Context& context);
ExitCode key_command(const Context& context, const KeyOptions& options);
ExitCode init_command(const Context& context, const InitOptions& options);
ExitCode certify_command(const Context& context, const CertifyOptions& options);
ExitCode invite_command(const Context& context, const InviteOptions& options);
ExitCode join_command(const Context& context, const JoinOptions& options);
ExitCode revoke_command(const Context& context, const std::string& node_or_key);
ExitCode candidates_command(const Context& context);
ExitCode promote_command(const Context& context, const PromoteOptions& options);
ExitCode retire_command(const Context& context, const RetireOptions& options);
ExitCode invitations_command(const Context& context);
ExitCode enrolled_command(const Context& context);

}  // namespace berkeley::ctl
