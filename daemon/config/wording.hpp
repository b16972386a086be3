// Words for messages: quoting what came from outside, and guessing what was meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace berkeley {

// Fit for a terminal and a journal: control characters, marks of direction and broken UTF-8 become
// "\xNN". What goes beyond some `most` bytes becomes "...".
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

// The same in single quotes, shortened to some 60 bytes.
std::string in_quotes(std::string_view text);

// The number of single-character insertions, deletions, replacements and swaps of neighbours that
// make one of the other (optimal string alignment). Costs the product of both lengths.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The one of `choices` that `text` was likely meant to be; empty if none is near.
std::string_view nearest(std::string_view text, std::span<const std::string_view> choices);

// "'a', 'b' or 'c'"
std::string either_of(std::span<const std::string_view> choices);

}  // namespace berkeley
