// What the daemon itself has to tell, beside the core's reports: of its start, its files, the
// network and the operator.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "daemon/app/reload.hpp"
#include "daemon/config/config.hpp"
#include "daemon/control/operations.hpp"
#include "daemon/core/wire/endpoint.hpp"
#include "daemon/platform/journal.hpp"

namespace berkeley::notice {

LogEntry starts(const Config& config);
LogEntry cannot_start(std::string message);
LogEntry cannot_start_for(const std::filesystem::path& file, std::string message);
LogEntry wrong_configuration(const ConfigError& error);
LogEntry clock_sets_not_seen(std::string message);
LogEntry slews_not_attended(std::string message);
LogEntry state_not_read(const std::filesystem::path& file, std::string message);
LogEntry state_not_saved(const std::filesystem::path& file, std::string message);
LogEntry state_saved_again(const std::filesystem::path& file);
LogEntry trust_not_read(const std::filesystem::path& file, std::string message);
LogEntry trust_not_saved(const std::filesystem::path& file, std::string message);
LogEntry trust_saved_again(const std::filesystem::path& file);
LogEntry roster_not_read(const std::filesystem::path& file, std::string message);
LogEntry roster_not_saved(const std::filesystem::path& file, std::string message);
LogEntry roster_saved_again(const std::filesystem::path& file);
LogEntry roster_differs(std::string message);
LogEntry key_not_locked(const std::filesystem::path& file);
LogEntry reloaded(const ConfigChanges& changes);
LogEntry reload_failed(std::size_t mistakes);
LogEntry key_not_read(const std::filesystem::path& file, const std::string& why);
LogEntry operator_asked(const Caller& caller, std::string_view method);
LogEntry operator_refused(const Caller& caller, std::string_view method);
LogEntry candidate_not_found(const CandidateAddress& candidate, std::string message);
LogEntry send_failed(const Endpoint& to, int error);

}  // namespace berkeley::notice
