#include "daemon/app/notices.hpp"

#include <fmt/format.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/message_ids.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley::notice {

LogEntry cannot_start(std::string message) {
    return {Priority::error, message_id::kCannotStart, std::move(message)};
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
