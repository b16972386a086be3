// The distribution of times, as a picture.
#pragma once

#include <span>
#include <string>

namespace berkeley::bench {

std::string histogram_svg(std::span<const double> times_s, const std::string& title);

}  // namespace berkeley::bench
