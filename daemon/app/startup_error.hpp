// Why a start, or a part of it done again, did not succeed.
#pragma once

#include <vector>

#include "daemon/platform/journal.hpp"

namespace berkeley {

// As the service manager and berkeleyd(8) know them.
enum class ExitCode : int {
    good = 0,
    failed = 1,         // may succeed if tried again later
    configuration = 2,  // will not succeed until somebody changes something
};

struct StartupError {
    ExitCode exit_code = ExitCode::failed;
    std::vector<LogEntry> entries;
};

}  // namespace berkeley
