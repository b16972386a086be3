// errno's values in words.
#pragma once

#include <string>

namespace berkeley {

// "No such file or directory". Unlike strerror(3), safe beside the thread that looks names up.
std::string error_text(int error);

}  // namespace berkeley
