// Where an invitation comes from.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/file_error.hpp"

namespace berkeley::ctl {

// From the file, or from standard input if no file is named: there the first line. On a terminal it
// is asked for, and not shown while it is typed.
tl::expected<SecretText, FileError> read_token(const std::string& file);

}  // namespace berkeley::ctl
