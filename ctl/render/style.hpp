// What the screen can show, and laying text out on it. Widths are in columns; all text comes in
// through printable(), so that a code point is a column (wide scripts excepted).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berkeley::ctl {

enum class Tone { plain, good, warning, bad, faint, strong };

struct Style {
    bool terminal = false;
    bool cursor = false;  // can be moved: a terminal that is not dumb
    bool colours = false;
    bool utf8 = true;
    std::size_t width = 80;
    std::size_t height = 24;

    // Of standard output. Colours only on a terminal, without NO_COLOR (no-color.org) and
    // TERM=dumb.
    static Style of_stdout();

    // In what the locale can show. To be done before laying out: widths change.
    std::string spell(std::string_view text) const;

    std::string paint(Tone tone, std::string_view text) const;
};

// Of a node or member state.
Tone tone_of(std::string_view state);

std::size_t columns(std::string_view text);
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);
// Cut to `width`, the last column "…" if anything was cut off.
std::string shorten(std::string_view text, std::size_t width);

// Broken at spaces into lines of `width` at most where words allow, all but the first indented.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

// Lines of text, each wrapped to the width with its own indentation.
std::string prose(std::string_view lines, const Style& style);

// "Offset      +12.34 µs", wrapped with the values in line.
std::string field(std::string_view label, std::string_view value, const Style& style,
                  Tone tone = Tone::plain);

}  // namespace berkeley::ctl
