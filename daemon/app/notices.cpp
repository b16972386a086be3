#include "daemon/app/notices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/config/roster.hpp"
#include "daemon/control/encode.hpp"
#include "daemon/control/interface.hpp"
#include "daemon/platform/error_text.hpp"
#include "daemon/platform/message_ids.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley::notice {

LogEntry starts(const Config& config) {
    std::vector<std::string> places;
    for (const ListenAddress& each : config.listen) {
        const bool v6 = each.host.find(':') != std::string::npos;
        places.push_back(
            fmt::format("{}{}{}:{}", v6 ? "[" : "", each.host, v6 ? "]" : "", each.port));
    }
    return {Priority::info, message_id::kStarts,
            fmt::format("berkeleyd {} starts: node {} of cluster {}, listens at {}, clock {}, "
                        "candidates {}",
                        program_version(), config.node.name, config.node.cluster,
                        fmt::join(places, ", "), name_of(config.node.clock),
                        in_words(roster_of(config)))};
}

LogEntry cannot_start(std::string message) {
    return {Priority::error, message_id::kCannotStart, std::move(message)};
}

LogEntry cannot_start_for(const std::filesystem::path& file, std::string message) {
    LogEntry entry = cannot_start(std::move(message));
    entry.fields = {{"BERKELEYD_FILE", file.string()}};
    return entry;
}

// As many as the parser finds, and each needs mending.
LogEntry wrong_configuration(const ConfigError& error) {
    return {Priority::error,
            message_id::kWrongConfiguration,
            to_string(error),
            {{"BERKELEYD_FILE", error.file},
             {"BERKELEYD_LINE", std::to_string(error.line)},
             {"BERKELEYD_COLUMN", std::to_string(error.column)}},
            false};
}

LogEntry clock_sets_not_seen(std::string message) {
    return {Priority::warning, message_id::kClockSetsNotSeen, std::move(message)};
}

LogEntry slews_not_attended(std::string message) {
    return {Priority::warning, message_id::kSlewsNotAttended, std::move(message)};
}

LogEntry state_not_read(const std::filesystem::path& file, std::string message) {
    return {Priority::warning,
            message_id::kStateNotRead,
            std::move(message),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry state_not_saved(const std::filesystem::path& file, std::string message) {
    return {Priority::warning,
            message_id::kStateNotSaved,
            std::move(message),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry state_saved_again(const std::filesystem::path& file) {
    return {Priority::notice,
            message_id::kStateSavedAgain,
            fmt::format("the state is saved to {} again", file.string()),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry trust_not_read(const std::filesystem::path& file, std::string message) {
    return {Priority::error,
            message_id::kTrustNotRead,
            std::move(message),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry trust_not_saved(const std::filesystem::path& file, std::string message) {
    return {Priority::error,
            message_id::kTrustNotSaved,
            std::move(message),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry trust_saved_again(const std::filesystem::path& file) {
    return {Priority::notice,
            message_id::kTrustSavedAgain,
            fmt::format("who is enrolled and revoked is saved to {} again", file.string()),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry roster_not_read(const std::filesystem::path& file, std::string message) {
    return {Priority::error,
            message_id::kRosterNotRead,
            std::move(message),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry roster_not_saved(const std::filesystem::path& file, std::string message) {
    return {Priority::error,
            message_id::kRosterNotSaved,
            std::move(message),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry roster_saved_again(const std::filesystem::path& file) {
    return {Priority::notice,
            message_id::kRosterSavedAgain,
            fmt::format("who the candidates are is saved to {} again", file.string()),
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry roster_differs(std::string message) {
    return {Priority::notice, message_id::kRosterDiffers, std::move(message), {}};
}

LogEntry key_not_locked(const std::filesystem::path& file) {
    return {Priority::warning,
            message_id::kKeyNotLocked,
            "the node's key could not be locked in memory, and may come to stand in swap space: "
            "raise the limit (LimitMEMLOCK= in the unit, ulimit -l) to 64 KiB or more",
            {{"BERKELEYD_FILE", file.string()}}};
}

LogEntry reloaded(const ConfigChanges& changes) {
    std::string message = "read the configuration again: ";
    message += changes.taken_over.empty()
                   ? "nothing else to do by now"
                   : fmt::format("now goes by the new {}", listed(changes.taken_over));
    if (!changes.needs_restart.empty())
        message += fmt::format("; restart berkeleyd for the new {}", listed(changes.needs_restart));
    LogEntry entry{Priority::notice, message_id::kReloaded, std::move(message)};
    entry.fields = {{"BERKELEYD_TAKEN_OVER", listed(changes.taken_over)},
                    {"BERKELEYD_NEEDS_RESTART", listed(changes.needs_restart)}};
    return entry;
}

LogEntry reload_failed(std::size_t mistakes) {
    return {Priority::error, message_id::kReloadFailed,
            fmt::format("the configuration was read again and has {} mistake{}: nothing is changed",
                        mistakes, mistakes == 1 ? "" : "s")};
}

LogEntry key_not_read(const std::filesystem::path& file, const std::string& why) {
    return {Priority::warning,
            message_id::kKeyNotRead,
            fmt::format("the key in use is kept, but a restart would fail: {}", why),
            {{"BERKELEYD_FILE", file.string()}}};
}

namespace {

std::vector<std::pair<std::string_view, std::string>> fields_of(const Caller& caller,
                                                                std::string_view method) {
    return {{"BERKELEYD_METHOD", std::string(method)},
            {"BERKELEYD_CALLER_UID", std::to_string(caller.uid)},
            {"BERKELEYD_CALLER_PID", std::to_string(caller.pid)}};
}

}  // namespace

LogEntry operator_asked(const Caller& caller, std::string_view method) {
    LogEntry entry{
        Priority::notice, message_id::kOperatorAsked,
        fmt::format("asked to {} by user {}, process {}", method, caller.uid, caller.pid)};
    entry.fields = fields_of(caller, method);
    entry.at_any_level = true;
    return entry;
}

LogEntry operator_refused(const Caller& caller, std::string_view method) {
    LogEntry entry{Priority::notice, message_id::kOperatorRefused,
                   fmt::format("refused {} to user {}, process {}: neither root nor in the "
                               "group {}",
                               method, caller.uid, caller.pid, kOperatorsGroup)};
    entry.fields = fields_of(caller, method);
    entry.at_any_level = true;
    return entry;
}

LogEntry candidate_not_found(const CandidateAddress& candidate, std::string message) {
    return {Priority::warning,
            message_id::kCandidateNotFound,
            std::move(message),
            {{"BERKELEYD_SUBJECT", candidate.name}, {"BERKELEYD_HOST", candidate.host}}};
}

LogEntry send_failed(const Endpoint& to, int error) {
    return {Priority::warning,
            message_id::kSendFailed,
            fmt::format("cannot send to {}: {}", endpoint_text(to), error_text(error)),
            {{"BERKELEYD_ADDRESS", endpoint_text(to)}, {"ERRNO", std::to_string(error)}}};
}

}  // namespace berkeley::notice
