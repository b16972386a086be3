// How an operator writes a time, or an amount of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace berkeley::ctl {

// One of the two, in nanoseconds.
struct TimeInput {
    std::optional<std::int64_t> to_ns;  // since 1970
    std::optional<std::int64_t> by_ns;

    bool operator==(const TimeInput&) const = default;
};

// "+1.5s", "-2h"; "2026-11-27 18:00", "2026-11-27T18:00:00.25Z", "18:00" of the day of `now_s`,
// "@1790000000.5". Without "Z" or "+01:00" it is the time of this machine's zone. The error is a
// sentence.
tl::expected<TimeInput, std::string> read_time(std::string_view text, std::int64_t now_s);

// "1.5s", "2h"; a plain number is of seconds. In nanoseconds.
std::optional<std::int64_t> read_amount(std::string_view text);

// "2026-11-27 18:00:00", in this machine's zone; with so many decimals of the second, 9 at most.
std::string date_text(std::int64_t ns, int decimals = 0);

}  // namespace berkeley::ctl
