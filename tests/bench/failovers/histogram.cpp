#include "tests/bench/failovers/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace berkeley::bench {
namespace {

constexpr std::size_t kBars = 60;
constexpr double kWidth = 720;
constexpr double kHeight = 320;
constexpr double kLeft = 60;
constexpr double kBottom = 40;
constexpr double kTop = 30;

}  // namespace

std::string histogram_svg(std::span<const double> times_s, const std::string& title) {
    const double last = times_s.empty() ? 1 : std::ceil(*std::ranges::max_element(times_s));
    std::vector<std::size_t> bars(kBars);
    for (const double time : times_s) {
        const auto bar = static_cast<std::size_t>(time / last * kBars);
        ++bars[std::min(bar, kBars - 1)];
    }
    const double most =
        static_cast<double>(std::max<std::size_t>(*std::ranges::max_element(bars), 1));
    const double wide = (kWidth - kLeft - 20) / kBars;
    const double high = kHeight - kTop - kBottom;
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{}\" "
        "y=\"18\">{}</text>\n",
        kWidth, kHeight, kLeft, title);
    for (std::size_t i = 0; i < kBars; ++i) {
        const double tall = static_cast<double>(bars[i]) / most * high;
        svg += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
            "fill=\"#336699\"/>\n",
            kLeft + static_cast<double>(i) * wide, kTop + high - tall, wide - 1, tall);
    }
    for (double s = 0; s <= last; s += std::max(1.0, std::floor(last / 10)))
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{} s</text>\n",
                           kLeft + s / last * wide * kBars, kHeight - kBottom + 18, s);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.0f}</text>\n", kLeft - 6,
                       kTop + 10, most);
    return svg + "</svg>\n";
}

}  // namespace berkeley::bench
