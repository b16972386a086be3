// Curves over two logarithmic axes, as SVG.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace berkeley::bench {

struct Curve {
    std::string name;
    std::string colour;
    double width = 1;
    std::vector<std::pair<double, double>> points;  // both > 0
};

struct Plot {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<Curve> curves;
};

// One above the other.
std::string to_svg(const std::vector<Plot>& plots);

}  // namespace berkeley::bench
