// Numbers for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace berkeley::ctl {

inline constexpr std::string_view kUnknown = "-";

// Four digits and the unit that fits: "850 ns", "12.34 µs", "1.234 ms", "3600 s", "365.2 d".
std::string magnitude(std::int64_t ns);
// The same with its sign, plus too: "+12.34 µs"; kUnknown if unknown, as in all that follow.
std::string signed_time(std::optional<std::int64_t> ns);
std::string plain_time(std::optional<std::int64_t> ns);
// "±84.10 µs"
std::string plus_minus(std::optional<std::int64_t> ns);
// Without the unit, to the ppb: "+37.012"
std::string ppm(std::optional<std::int64_t> ppb);
// How long something is good for: "45 s", "90 min", "1 h", "7 d"
std::string lasting(std::int64_t seconds);
// "12,345"
std::string counted_number(std::int64_t count);

}  // namespace berkeley::ctl
