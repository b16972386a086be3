// What berkeleyctl ends with: final, scripts depend on it.
#pragma once

namespace berkeley::ctl {

enum class ExitCode : int {
    good = 0,
    failed = 1,  // or not synchronized
    usage = 2,
    no_daemon = 3,
    not_permitted = 4,
};

}  // namespace berkeley::ctl
