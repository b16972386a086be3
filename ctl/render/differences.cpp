#include <algorithm>

#include "ctl/render/screens.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::size_t kColumn = 14;

std::string line_of(const std::string& host, std::size_t width, const std::string& offset,
                    const std::string& error, const std::string& round_trip,
                    const std::string& answers, const std::string& node) {
    std::string line = pad_right(host, width);
    for (const std::string* cell : {&offset, &error, &round_trip})
        line += pad_left(*cell, kColumn);
    line += pad_left(answers, 10);
    return node.empty() ? line : line + "   " + node;
}

std::string node_words(const ClockDifferenceView& view) {
    if (view.node.empty())
        return {};
    return view.berkeleyd_ns ? signed_time(view.berkeleyd_ns) + " says berkeleyd, of " + view.node
                             : "berkeleyd knows it as " + view.node;
}

}  // namespace

std::string render_differences(const std::vector<ClockDifferenceView>& views, const Style& style) {
    std::size_t width = 4;
    for (const ClockDifferenceView& view : views)
        width = std::max(width, columns(view.host));
    const std::string head =
        line_of("host", width, "offset", style.spell("±"), "round trip", "answers", "");
    std::string text = style.paint(Tone::faint, head) + "\n";
    for (const ClockDifferenceView& view : views) {
        text += style.spell(line_of(view.host, width, signed_time(view.offset_ns),
                                    plain_time(view.error_ns), plain_time(view.round_trip_ns),
                                    std::to_string(view.answered) + "/" + std::to_string(view.sent),
                                    node_words(view))) +
                "\n";
        if (!view.trouble.empty())
            text +=
                style.paint(Tone::warning,
                            "  " + wrap(view.trouble, std::max<std::size_t>(style.width, 20), 2)) +
                "\n";
    }
    return text;
}

}  // namespace berkeley::ctl
