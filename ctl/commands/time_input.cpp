#include "ctl/commands/time_input.hpp"

#include <array>
#include <charconv>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace berkeley::ctl {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kEndNs = std::int64_t{1} << 62;  // the year 2116

struct Unit {
    std::string_view name;
    std::int64_t ns;
};
constexpr std::array<Unit, 9> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", kSecond},
                                      {"m", 60 * kSecond},
                                      {"min", 60 * kSecond},
                                      {"h", 3600 * kSecond},
                                      {"d", 86'400 * kSecond},
                                      {"", kSecond}}};

// Takes what it reads off the front.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    std::string_view rest() const { return rest_; }
    bool done() const { return rest_.empty(); }

    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    // Digits alone: no sign, no blank.
    std::optional<std::int64_t> number(std::size_t least, std::size_t most) {
        std::size_t digits = 0;
        while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9')
            ++digits;
        std::int64_t value = 0;
        if (digits < least || digits > most)
            return std::nullopt;
        if (std::from_chars(rest_.data(), rest_.data() + digits, value).ec != std::errc())
            return std::nullopt;
        rest_.remove_prefix(digits);
        return value;
    }

    // ".25": that share of `whole`, which is less than 10^9 or made of that.
    std::optional<std::int64_t> fraction_of(std::int64_t whole) {
        if (!skip('.'))
            return 0;
        const std::size_t before = rest_.size();
        const auto value = number(1, 9);
        if (!value)
            return std::nullopt;
        std::int64_t billionths = *value;
        for (std::size_t digits = before - rest_.size(); digits < 9; ++digits)
            billionths *= 10;
        return whole >= kSecond ? billionths * (whole / kSecond) : billionths * whole / kSecond;
    }

  private:
    std::string_view rest_;
};

}  // namespace

std::optional<std::int64_t> read_amount(std::string_view text) {
    Scanner scanner(text);
    const auto whole = scanner.number(1, 18);
    if (!whole)
        return std::nullopt;
    Scanner after = scanner;
    if (!after.fraction_of(1))
        return std::nullopt;
    for (const Unit& unit : kUnits) {
        if (after.rest() != unit.name)
            continue;
        std::int64_t ns = 0;
        if (__builtin_mul_overflow(*whole, unit.ns, &ns) ||
            __builtin_add_overflow(ns, *scanner.fraction_of(unit.ns), &ns))
            return std::nullopt;
        return ns;
    }
    return std::nullopt;
}

namespace {

struct Zone {
    bool given = false;
    std::int64_t east_s = 0;
};

std::optional<Zone> zone(Scanner& scanner) {
    if (scanner.done())
        return Zone{};
    if (scanner.skip('Z'))
        return scanner.done() ? std::optional(Zone{true, 0}) : std::nullopt;
    const bool west = scanner.skip('-');
    if (!west && !scanner.skip('+'))
        return std::nullopt;
    const auto hours = scanner.number(2, 2);
    const bool colon = scanner.skip(':');
    const auto minutes = scanner.number(2, 2);
    if (!hours || !minutes || !colon || !scanner.done() || *hours > 14 || *minutes > 59)
        return std::nullopt;
    const std::int64_t seconds = *hours * 3600 + *minutes * 60;
    return Zone{true, west ? -seconds : seconds};
}

bool read_date(Scanner& scanner, std::tm& date) {
    const auto year = scanner.number(4, 4);
    const bool first = scanner.skip('-');
    const auto month = scanner.number(2, 2);
    const bool second = scanner.skip('-');
    const auto day = scanner.number(2, 2);
    if (!year || !month || !day || !first || !second)
        return false;
    date.tm_year = static_cast<int>(*year) - 1900;
    date.tm_mon = static_cast<int>(*month) - 1;
    date.tm_mday = static_cast<int>(*day);
    return scanner.skip('T') || scanner.skip(' ');
}

// The C library makes the 2nd of March of the 30th of February.
bool same_day_and_time(const std::tm& a, const std::tm& b) {
    return a.tm_year == b.tm_year && a.tm_mon == b.tm_mon && a.tm_mday == b.tm_mday &&
           a.tm_hour == b.tm_hour && a.tm_min == b.tm_min && a.tm_sec == b.tm_sec;
}

std::optional<std::int64_t> date_and_time(std::string_view text, std::int64_t now_s) {
    Scanner scanner(text);
    std::tm wanted{};
    if (text.size() > 4 && text[4] == '-') {
        if (!read_date(scanner, wanted))
            return std::nullopt;
    } else {
        const std::time_t now = now_s;
        localtime_r(&now, &wanted);
    }
    const auto hour = scanner.number(2, 2);
    const bool colon = scanner.skip(':');
    const auto minute = scanner.number(2, 2);
    std::optional<std::int64_t> second = 0;
    if (scanner.skip(':'))
        second = scanner.number(2, 2);
    const auto fraction = scanner.fraction_of(kSecond);
    const auto where = zone(scanner);
    if (!hour || !minute || !second || !colon || !fraction || !where)
        return std::nullopt;
    wanted.tm_hour = static_cast<int>(*hour);
    wanted.tm_min = static_cast<int>(*minute);
    wanted.tm_sec = static_cast<int>(*second);
    wanted.tm_isdst = -1;
    std::tm made = wanted;
    const std::int64_t at = where->given ? timegm(&made) - where->east_s : mktime(&made);
    if (!same_day_and_time(made, wanted) || at < 0 || at >= kEndNs / kSecond)
        return std::nullopt;
    return at * kSecond + *fraction;
}

std::optional<std::int64_t> since_1970(std::string_view text) {
    Scanner scanner(text);
    const auto seconds = scanner.number(1, 10);
    const auto fraction = scanner.fraction_of(kSecond);
    if (!seconds || !fraction || !scanner.done() || *seconds >= kEndNs / kSecond)
        return std::nullopt;
    return *seconds * kSecond + *fraction;
}

}  // namespace

tl::expected<TimeInput, std::string> read_time(std::string_view text, std::int64_t now_s) {
    TimeInput input;
    if (text.starts_with('+') || text.starts_with('-')) {
        input.by_ns = read_amount(text.substr(1));
        if (input.by_ns && text.front() == '-')
            *input.by_ns = -*input.by_ns;
        constexpr std::int64_t kFurthest = std::int64_t{1} << 60;
        if (input.by_ns && *input.by_ns <= kFurthest && *input.by_ns >= -kFurthest)
            return input;
        return tl::unexpected<std::string>(
            "an amount is written as +1.5s, -250ms or +2h: a number and one of ns, us, ms, s, m, h "
            "and d");
    }
    input.to_ns = text.starts_with('@') ? since_1970(text.substr(1)) : date_and_time(text, now_s);
    if (input.to_ns)
        return input;
    const bool has_unit = !text.empty() && text.back() >= 'a' && text.back() <= 'z';
    if (has_unit && read_amount(text))
        return tl::unexpected(fmt::format(
            "an amount is written with its sign: did you mean '+{0}', or '-{0}'?", text));
    return tl::unexpected<std::string>(
        "a time is written as '2026-11-27 18:00:00' (or with Z or +01:00 behind it), 18:00, or "
        "@1790000000, the seconds since 1970; an amount as +1.5s");
}

std::string date_text(std::int64_t ns, int decimals) {
    const std::time_t seconds = ns / kSecond;
    std::tm local{};
    localtime_r(&seconds, &local);
    const std::string text = fmt::format("{:%Y-%m-%d %H:%M:%S}", local);
    if (decimals == 0)
        return text;
    return text +
           fmt::format(".{:09}", ns % kSecond).substr(0, static_cast<std::size_t>(decimals) + 1);
}

}  // namespace berkeley::ctl
