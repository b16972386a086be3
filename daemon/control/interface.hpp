// The names and the description of what the control socket offers, as Varlink clients ask for it.
#pragma once

#include <string_view>

namespace berkeley {

inline constexpr std::string_view kServiceInterface = "org.varlink.service";
inline constexpr std::string_view kControlInterface = "org.berkeleyd.Control";

// Interface definitions in Varlink's language.
std::string_view service_description();
std::string_view control_description();

// "0.1.0"
std::string_view program_version();

}  // namespace berkeley
