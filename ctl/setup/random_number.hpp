// From the system's random generator.
#pragma once

#include <cstdint>

namespace berkeley::ctl {

std::uint64_t random_number();

}  // namespace berkeley::ctl
