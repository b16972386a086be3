// What several verbs share.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "ctl/client/client.hpp"
#include "ctl/exit_code.hpp"

namespace berkeley::ctl {

void print(std::string_view text);
void print_error(std::string_view message);  // as "berkeleyctl: MESSAGE"

// One line. Characters that would drive a terminal are escaped, as JSON lets them be.
void print_json(const boost::json::value& value);
std::string safe_json(const boost::json::value& value);

// Prints the error and gives the exit code for it.
ExitCode fail(const ClientError& error);

// One call on a connection of its own, and the member `key` of the reply alone.
tl::expected<boost::json::value, ClientError> fetch(const std::string& socket,
                                                    std::string_view method, std::string_view key);

// One call on a connection of its own, and all of the reply.
tl::expected<boost::json::object, ClientError> ask_daemon(const std::string& socket,
                                                          std::string_view method,
                                                          boost::json::object parameters = {});

}  // namespace berkeley::ctl
