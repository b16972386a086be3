// What the locale can show. All text is made in UTF-8; where the locale is another, "±" and "µ"
// have their spelling in ASCII.
#pragma once

#include <string>
#include <string_view>

namespace berkeley::ctl {

// By LC_ALL, LC_CTYPE and LANG, as locale(7) has it.
bool locale_is_utf8();

// "+/-84.10 us" for "±84.10 µs"; '?' for what has no spelling.
std::string in_ascii(std::string_view utf8);

}  // namespace berkeley::ctl
