#include "ctl/setup/random_number.hpp"

#include <sys/random.h>

#include "daemon/core/contract.hpp"

namespace berkeley::ctl {

// So few bytes come whole or not at all (getrandom(2)), and always once the machine is up.
std::uint64_t random_number() {
    std::uint64_t number = 0;
    ensure(getrandom(&number, sizeof number, 0) == sizeof number, "no random numbers");
    return number;
}

}  // namespace berkeley::ctl
