#include "ctl/render/style.hpp"

#include <algorithm>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl/render/charset.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::size_t kLabelWidth = 13;
constexpr std::size_t kNarrowest = 40;  // below this, lines are let run over
constexpr std::size_t kWidest = 120;    // longer lines of prose are hard to read

bool set_and_not_empty(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

bool continues_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

Style Style::of_stdout() {
    Style style;
    style.utf8 = locale_is_utf8();
    style.terminal = isatty(STDOUT_FILENO) == 1;
    if (!style.terminal)
        return style;
    const char* kind = std::getenv("TERM");
    const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
    style.cursor = !dumb;
    style.colours = !dumb && !set_and_not_empty("NO_COLOR");
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        style.width = std::max<std::size_t>(size.ws_col, kNarrowest);
        style.height = size.ws_row;
    }
    return style;
}

std::string Style::spell(std::string_view text) const {
    return utf8 ? std::string(text) : in_ascii(text);
}

std::string Style::paint(Tone tone, std::string_view text) const {
    if (!colours || tone == Tone::plain || text.empty())
        return std::string(text);
    const char* code = "";
    switch (tone) {
        case Tone::plain:
            break;
        case Tone::good:
            code = "32";
            break;
        case Tone::warning:
            code = "33";
            break;
        case Tone::bad:
            code = "31";
            break;
        case Tone::faint:
            code = "2";
            break;
        case Tone::strong:
            code = "1";
            break;
    }
    std::string painted = "\x1b[";
    return painted.append(code).append("m").append(text).append("\x1b[0m");
}

Tone tone_of(std::string_view state) {
    if (state == "synchronized" || state == "trusted")
        return Tone::good;
    if (state == "refusing" || state == "excluded" || state == "silent")
        return Tone::bad;
    return state == "left" ? Tone::faint : Tone::warning;
}

std::size_t columns(std::string_view text) {
    return text.size() -
           static_cast<std::size_t>(std::ranges::count_if(text, continues_code_point));
}

std::string pad_right(std::string_view text, std::size_t width) {
    const std::size_t used = columns(text);
    return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t width) {
    const std::size_t used = columns(text);
    return std::string(used < width ? width - used : 0, ' ') + std::string(text);
}

std::string shorten(std::string_view text, std::size_t width) {
    if (columns(text) <= width)
        return std::string(text);
    std::size_t end = 0;
    for (std::size_t kept = 0; end < text.size(); ++end) {
        if (!continues_code_point(text[end]) && ++kept == std::max<std::size_t>(width, 1))
            break;
    }
    return std::string(text.substr(0, end)) + "…";
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
    std::string out;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (column > 0 && column + 1 + columns(word) > width) {
            out.append("\n").append(indent, ' ');
            column = 0;
        }
        if (column > 0) {
            out += ' ';
            ++column;
        }
        out += word;
        column += columns(word);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string prose(std::string_view lines, const Style& style) {
    const std::size_t width = std::min(style.width, kWidest);
    std::string text;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        const auto indent = std::min(line.find_first_not_of(' '), line.size());
        text.append(indent, ' ');
        text += wrap(style.spell(line.substr(indent)), width - indent, indent) + "\n";
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return text;
}

std::string field(std::string_view label, std::string_view value, const Style& style, Tone tone) {
    const std::size_t width = std::min(style.width, kWidest) - kLabelWidth;
    return style.paint(Tone::faint, pad_right(label, kLabelWidth)) +
           style.paint(tone, wrap(style.spell(value), width, kLabelWidth)) + "\n";
}

}  // namespace berkeley::ctl
