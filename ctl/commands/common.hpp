// What several verbs share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "ctl/client/client.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/exit_code.hpp"
#include "daemon/files/file_error.hpp"

namespace berkeley::ctl {

void print(std::string_view text);           // as it is
void print_error(std::string_view message);  // as "berkeleyctl: MESSAGE", as the locale can show it

// One line. Characters that would drive a terminal are escaped, as JSON lets them be.
void print_json(const boost::json::value& value);
std::string safe_json(const boost::json::value& value);

// Prints the error and gives the exit code for it.
ExitCode fail(const ClientError& error);
ExitCode fail(const FileError& error);
ExitCode exit_code_of(const FileError& error);

// One call on a connection of its own, and the member `key` of the reply alone.
tl::expected<boost::json::value, ClientError> fetch(const std::string& socket,
                                                    std::string_view method, std::string_view key);

// One call that changes something. `say` puts the reply into words, with the newline.
ExitCode tell_daemon(const Context& context, std::string_view method,
                     boost::json::object parameters,
                     const std::function<std::string(const boost::json::object&)>& say);

// Of the daemon on the socket; none if none answers.
std::optional<std::string> daemon_version(const std::string& socket);

}  // namespace berkeley::ctl
