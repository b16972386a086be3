#include "daemon/config/wording.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace berkeley {
namespace {

constexpr std::size_t kLongestQuote = 60;  // bytes
constexpr std::size_t kLongestGuess = 64;  // bytes; longer input is no typing error

struct CodePoint {
    char32_t value = 0;
    std::size_t length = 0;  // in bytes; 0 if `text` does not begin with well-formed UTF-8
};

CodePoint first_code_point(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80)
        return {byte(0), 1};
    const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
    if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length)
        return {};
    char32_t value = byte(0) & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return {};
        value = (value << 6) | (byte(i) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
    if (value < kLeast[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return {};
    return {value, length};
}

// C0 and C1 controls drive the terminal; marks of direction make a line read as another.
bool harmless(char32_t c) {
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    const bool direction = c == 0x61c || c == 0x200e || c == 0x200f ||
                           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return !control && !direction && c != 0xfeff;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
    std::string out;
    while (!text.empty()) {
        if (out.size() >= most)
            return out + "...";
        const CodePoint first = first_code_point(text);
        const std::size_t length = std::max<std::size_t>(first.length, 1);
        if (first.length > 0 && harmless(first.value)) {
            out += text.substr(0, length);
        } else {
            for (const char c : text.substr(0, length))
                out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string in_quotes(std::string_view text) {
    return "'" + printable(text, kLongestQuote) + "'";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Rows of the table: two back (for swaps), one back, and the one being filled.
    std::array<std::vector<std::size_t>, 3> rows;
    for (auto& row : rows)
        row.resize(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[1][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        rows[2][0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = rows[1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            rows[2][j] = std::min({replaced, rows[1][j] + 1, rows[2][j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[2][j] = std::min(rows[2][j], rows[0][j - 2] + 1);
        }
        std::rotate(rows.begin(), rows.begin() + 1, rows.end());
    }
    return rows[1][b.size()];
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> choices) {
    if (text.size() > kLongestGuess)
        return {};
    std::string_view best;
    std::size_t best_distance = 0;
    for (const std::string_view choice : choices) {
        const std::size_t distance = edit_distance(text, choice);
        const std::size_t allowed = 1 + choice.size() / 4;
        if (distance <= allowed && (best.empty() || distance < best_distance)) {
            best = choice;
            best_distance = distance;
        }
    }
    return best;
}

std::string either_of(std::span<const std::string_view> choices) {
    std::string out;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (i > 0)
            out += i + 1 == choices.size() ? " or " : ", ";
        out += fmt::format("'{}'", choices[i]);
    }
    return out;
}

}  // namespace berkeley
