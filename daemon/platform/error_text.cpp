#include "daemon/platform/error_text.hpp"

#include <system_error>

namespace berkeley {

std::string error_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace berkeley
