#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ctl/render/screens.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

struct Column {
    std::string_view head;
    std::size_t width;
};

// With two blanks between them and a name of 17 they fill 80 columns.
constexpr std::array<Column, 6> kColumns = {
    {{"state", 8}, {"offset", 9}, {"bound", 9}, {"delay", 9}, {"freq ppm", 9}, {"counted", 7}}};
constexpr std::size_t kShortestName = 4;
constexpr std::size_t kReasonIndent = 4;

std::size_t rest_width() {
    std::size_t width = 0;
    for (const Column& column : kColumns)
        width += 2 + column.width;
    return width;
}

std::size_t name_width(const std::vector<MemberView>& members, const Style& style) {
    std::size_t longest = kShortestName;
    for (const MemberView& member : members)
        longest = std::max(longest, columns(member.name));
    if (!style.terminal)
        return longest;  // names in a file or a pipe are to be searched for
    const std::size_t room = style.width > rest_width() ? style.width - rest_width() : 0;
    return std::min(longest, std::max(room, 3 * kShortestName));
}

std::string header(std::size_t name, const Style& style) {
    std::string line = pad_right("name", name);
    line += "  " + pad_right(kColumns[0].head, kColumns[0].width);
    for (std::size_t i = 1; i < kColumns.size(); ++i)
        line += "  " + pad_left(kColumns[i].head, kColumns[i].width);
    return style.paint(Tone::faint, line) + "\n";
}

std::string row(const MemberView& member, std::size_t name, const Style& style) {
    const std::array<std::string, 4> cells = {
        signed_time(member.offset_ns), plus_minus(member.bound_ns), plain_time(member.delay_ns),
        ppm(member.frequency_ppb)};
    std::string line = pad_right(shorten(member.name, name), name);
    line += "  " + style.paint(tone_of(member.state), pad_right(member.state, kColumns[0].width));
    for (std::size_t i = 0; i < cells.size(); ++i)
        line += "  " + pad_left(cells[i], kColumns[i + 1].width);
    line += "  " + pad_left(member.counted ? "yes" : "no", kColumns.back().width) + "\n";
    if (!member.counted && !member.reason.empty()) {
        const std::string why = wrap(member.reason, style.width - kReasonIndent, kReasonIndent);
        line += std::string(kReasonIndent, ' ') + style.paint(Tone::faint, why) + "\n";
    }
    return line;
}

}  // namespace

std::string render_members(const std::vector<MemberView>& members, const Style& style,
                           std::size_t most_lines) {
    if (members.empty())
        return "No members yet.\n";
    const std::size_t name = name_width(members, style);
    std::string text = header(name, style);
    std::size_t lines = 1;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const std::string next = row(members[i], name, style);
        lines += static_cast<std::size_t>(std::ranges::count(next, '\n'));
        const bool last = i + 1 == members.size();
        if (most_lines > 0 && lines + (last ? 0 : 1) > most_lines) {
            const std::string left = fmt::format("… and {} more", members.size() - i);
            return text + style.paint(Tone::faint, left) + "\n";
        }
        text += next;
    }
    return text;
}

}  // namespace berkeley::ctl
