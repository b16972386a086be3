#include "ctl/render/charset.hpp"

#include <array>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <langinfo.h>

namespace berkeley::ctl {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSpellings = {
    {{"±", "+/-"}, {"µ", "u"}, {"…", "~"}, {"−", "-"}}};

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// C.UTF-8 and the like need no locale files; one that is named and not installed is C.
bool find_out() {
    return std::setlocale(LC_CTYPE, "") != nullptr &&
           std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

}  // namespace

bool locale_is_utf8() {
    static const bool utf8 = find_out();
    return utf8;
}

std::string in_ascii(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    while (!utf8.empty()) {
        if (static_cast<unsigned char>(utf8.front()) < 0x80) {
            out += utf8.front();
            utf8.remove_prefix(1);
            continue;
        }
        std::size_t length = 1;
        while (length < utf8.size() && continues(utf8[length]))
            ++length;
        std::string_view spelling = "?";
        for (const auto& [sign, ascii] : kSpellings) {
            if (utf8.substr(0, length) == sign)
                spelling = ascii;
        }
        out += spelling;
        utf8.remove_prefix(length);
    }
    return out;
}

}  // namespace berkeley::ctl
