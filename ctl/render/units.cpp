#include "ctl/render/units.hpp"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace berkeley::ctl {
namespace {

struct Unit {
    double ns;
    double up_to;  // in this unit: from here on the next one is used
    const char* name;
};

constexpr std::array<Unit, 5> kUnits = {{{1, 999.5, "ns"},
                                         {1e3, 999.95, "µs"},
                                         {1e6, 999.95, "ms"},
                                         {1e9, 172'800, "s"},  // two days
                                         {86'400e9, HUGE_VAL, "d"}}};

int decimals(double value) {
    // Where rounding at these decimals would not carry into one digit more.
    return value < 9.9995 ? 3 : value < 99.995 ? 2 : value < 999.95 ? 1 : 0;
}

}  // namespace

std::string magnitude(std::int64_t ns) {
    const double size = std::abs(static_cast<double>(ns));
    for (const Unit& unit : kUnits) {
        const double value = size / unit.ns;
        if (value < unit.up_to)
            return fmt::format("{:.{}f} {}", value, unit.ns > 1 ? decimals(value) : 0, unit.name);
    }
    return std::string(kUnknown);
}

std::string signed_time(std::optional<std::int64_t> ns) {
    if (!ns)
        return std::string(kUnknown);
    return (*ns < 0 ? "-" : *ns > 0 ? "+" : "") + magnitude(*ns);
}

std::string plain_time(std::optional<std::int64_t> ns) {
    if (!ns)
        return std::string(kUnknown);
    return (*ns < 0 ? "-" : "") + magnitude(*ns);
}

std::string plus_minus(std::optional<std::int64_t> ns) {
    return ns ? "±" + magnitude(*ns) : std::string(kUnknown);
}

std::string ppm(std::optional<std::int64_t> ppb) {
    return ppb ? fmt::format("{:+.3f}", static_cast<double>(*ppb) / 1000) : std::string(kUnknown);
}

std::string lasting(std::int64_t seconds) {
    constexpr std::array<std::pair<std::int64_t, const char*>, 3> kLonger = {
        {{86'400, "d"}, {3600, "h"}, {60, "min"}}};
    for (const auto& [unit, name] : kLonger) {
        if (seconds >= 2 * unit || seconds == unit)
            return fmt::format("{} {}", seconds / unit, name);
    }
    return fmt::format("{} s", seconds);
}

std::string counted_number(std::int64_t count) {
    std::string digits = std::to_string(count);
    const std::size_t first = count < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3; at -= 3)
        digits.insert(at - 3, ",");
    return digits;
}

}  // namespace berkeley::ctl
