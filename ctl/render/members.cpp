#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ctl/render/screens.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

using Cell = std::string (*)(const MemberView&, const Style&);

struct Column {
    std::string_view head;
    std::size_t width;
    Cell cell;
    std::size_t needs;  // shown where the table has so many columns at the least
};

// "+/-" takes more room than the column has.
std::string bound_cell(const MemberView& member, const Style& style) {
    return style.utf8 ? plus_minus(member.bound_ns) : plain_time(member.bound_ns);
}

std::string counted_word(const MemberView& member, const Style&) {
    if (!member.counted)
        return std::string(kUnknown);
    return *member.counted ? "yes" : "no";
}

// With two blanks between them and a name of 17 they fill 80 columns; narrower screens show fewer.
constexpr std::size_t kStateWidth = 8;
constexpr std::array<Column, 5> kColumns = {{
    {"offset", 9, [](const MemberView& m, const Style&) { return signed_time(m.offset_ns); }, 0},
    {"bound", 9, bound_cell, 54},
    {"delay", 9, [](const MemberView& m, const Style&) { return plain_time(m.delay_ns); }, 65},
    {"freq ppm", 9, [](const MemberView& m, const Style&) { return ppm(m.frequency_ppb); }, 76},
    {"counted", 7, counted_word, 0},
}};
constexpr std::size_t kShortestName = 4;
constexpr std::size_t kReasonIndent = 4;

bool shown(const Column& column, const Style& style) {
    return !style.terminal || style.width >= column.needs;
}

std::size_t rest_width(const Style& style) {
    std::size_t width = 2 + kStateWidth;
    for (const Column& column : kColumns)
        width += shown(column, style) ? 2 + column.width : 0;
    return width;
}

std::size_t name_width(const std::vector<MemberView>& members, const Style& style) {
    std::size_t longest = kShortestName;
    for (const MemberView& member : members)
        longest = std::max(longest, columns(member.name));
    if (!style.terminal)
        return longest;  // names in a file or a pipe are to be searched for
    const std::size_t rest = rest_width(style);
    const std::size_t room = style.width > rest ? style.width - rest : 0;
    return std::min(longest, std::max(room, kShortestName));
}

std::string header(std::size_t name, const Style& style) {
    std::string line = pad_right("name", name) + "  " + pad_right("state", kStateWidth);
    for (const Column& column : kColumns) {
        if (shown(column, style))
            line += "  " + pad_left(column.head, column.width);
    }
    return style.paint(Tone::faint, line) + "\n";
}

std::string row(const MemberView& member, std::size_t name, const Style& style) {
    std::string line = pad_right(style.spell(shorten(member.name, name)), name);
    line += "  " + style.paint(tone_of(member.state), pad_right(member.state, kStateWidth));
    for (const Column& column : kColumns) {
        if (shown(column, style))
            line += "  " + pad_left(style.spell(column.cell(member, style)), column.width);
    }
    line += "\n";
    if (!member.counted.value_or(false) && !member.reason.empty()) {
        const std::string why =
            wrap(style.spell(member.reason), style.width - kReasonIndent, kReasonIndent);
        line += std::string(kReasonIndent, ' ') + style.paint(Tone::faint, why) + "\n";
    }
    if (member.reference) {
        const std::string text = *member.reference
                                     ? "reference, believed"
                                     : "reference, not believed: " + member.reference_reason;
        line += std::string(kReasonIndent, ' ') +
                style.paint(Tone::faint,
                            wrap(style.spell(text), style.width - kReasonIndent, kReasonIndent)) +
                "\n";
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
            const std::string left = style.spell(fmt::format("… and {} more", members.size() - i));
            return text + style.paint(Tone::faint, left) + "\n";
        }
        text += next;
    }
    return text;
}

}  // namespace berkeley::ctl
