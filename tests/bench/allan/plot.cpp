#include "tests/bench/allan/plot.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace berkeley::bench {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 380;
constexpr double kLeft = 80;
constexpr double kRight = 150;
constexpr double kTop = 40;
constexpr double kBottom = 50;

// Whole decades that hold all values.
struct Axis {
    double lowest = 1e300;
    double highest = 0;

    void hold(double value) {
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
    }
    int first() const { return static_cast<int>(std::floor(std::log10(lowest))); }
    int last() const { return std::max(first() + 1, static_cast<int>(std::ceil(log10(highest)))); }
    double share(double value) const { return (std::log10(value) - first()) / (last() - first()); }
};

class Drawing {
  public:
    Drawing(const Plot& plot, double top) : plot_(plot), top_(top) {
        for (const Curve& curve : plot.curves) {
            for (const auto& [x, y] : curve.points) {
                x_.hold(x);
                y_.hold(y);
            }
        }
    }

    std::string svg() {
        text(kLeft, top_ + kTop - 14, "start", plot_.title, true);
        axes();
        double row = 0;
        for (const Curve& curve : plot_.curves)
            draw(curve, top_ + kTop + 10 + 18 * row++);
        return svg_;
    }

  private:
    double at_x(double x) const { return kLeft + x_.share(x) * (kWidth - kLeft - kRight); }
    double at_y(double y) const {
        return top_ + kHeight - kBottom - y_.share(y) * (kHeight - kTop - kBottom);
    }

    void text(double x, double y, const char* anchor, const std::string& words, bool bold = false) {
        svg_ += fmt::format(
            "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-weight=\"{}\">{}</text>\n", x,
            y, anchor, bold ? "bold" : "normal", words);
    }

    void line(double x1, double y1, double x2, double y2, const std::string& colour, double width) {
        svg_ += fmt::format(
            "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
            "stroke-width=\"{}\"/>\n",
            x1, y1, x2, y2, colour, width);
    }

    void axes() {
        const double right = kWidth - kRight;
        const double bottom = top_ + kHeight - kBottom;
        for (int decade = x_.first(); decade <= x_.last(); ++decade) {
            const double x = at_x(std::pow(10, decade));
            line(x, top_ + kTop, x, bottom, "#ddd", 1);
            text(x, bottom + 18, "middle", fmt::format("{:g}", std::pow(10, decade)));
        }
        for (int decade = y_.first(); decade <= y_.last(); ++decade) {
            const double y = at_y(std::pow(10, decade));
            line(kLeft, y, right, y, "#ddd", 1);
            text(kLeft - 8, y + 4, "end", fmt::format("1e{}", decade));
        }
        text((kLeft + right) / 2, bottom + 38, "middle", plot_.x_label);
        text(kLeft, top_ + kTop - 30 + kHeight - kBottom + 10, "end", plot_.y_label);
    }

    void draw(const Curve& curve, double legend_y) {
        std::string points;
        for (const auto& [x, y] : curve.points)
            points += fmt::format("{:.1f},{:.1f} ", at_x(x), at_y(y));
        svg_ += fmt::format(
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" points=\"{}\"/>\n",
            curve.colour, curve.width, points);
        const double x = kWidth - kRight + 12;
        line(x, legend_y, x + 20, legend_y, curve.colour, curve.width);
        text(x + 26, legend_y + 4, "start", curve.name);
    }

    const Plot& plot_;
    double top_;
    Axis x_;
    Axis y_;
    std::string svg_;
};

}  // namespace

std::string to_svg(const std::vector<Plot>& plots) {
    const double height = kHeight * static_cast<double>(plots.size());
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        kWidth, height);
    double top = 0;
    for (const Plot& plot : plots) {
        svg += Drawing(plot, top).svg();
        top += kHeight;
    }
    return svg + "</svg>\n";
}

}  // namespace berkeley::bench
