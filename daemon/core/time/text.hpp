// Durations for people: "+3.600 s", "-12.3 µs".
#pragma once

#include <string>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

std::string to_text(Duration signed_duration);

}  // namespace berkeley
