#include <ctime>

#include <fmt/format.h>

#include "ctl/render/screens.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

std::string count(const TrackingView& tracking, std::string_view key) {
    const auto number = tracking.number(key);
    return number ? counted_number(*number) : std::string(kUnknown);
}

std::string utc(std::optional<std::int64_t> ns) {
    if (!ns)
        return std::string(kUnknown);
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t rest = (*ns % kSecond + kSecond) % kSecond;
    const std::time_t whole = (*ns - rest) / kSecond;
    std::tm parts{};
    if (gmtime_r(&whole, &parts) == nullptr)
        return std::string(kUnknown);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09} UTC", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       rest);
}

std::string dropped_words(const TrackingView& tracking) {
    std::string text;
    for (const auto& [reason, number] : tracking.dropped) {
        if (number != 0)
            text +=
                fmt::format("{}{} {}", text.empty() ? "" : ", ", counted_number(number), reason);
    }
    return text.empty() ? "none" : text;
}

}  // namespace

std::string render_tracking(const TrackingView& tracking, const Style& style) {
    const auto value = [&tracking](std::string_view key) { return count(tracking, key); };
    std::string text;
    text += field(
        "Datagrams",
        fmt::format("{} sent, {} received", value("datagrams_sent"), value("datagrams_received")),
        style);
    const std::string dropped = dropped_words(tracking);
    text += field("Dropped", dropped, style, dropped == "none" ? Tone::plain : Tone::warning);
    text += field("Stamps",
                  fmt::format("{} by the kernel, {} by the program", value("kernel_stamps"),
                              value("program_stamps")),
                  style);
    text += field(
        "Corrections",
        fmt::format("{} accepted, {} refused, the last {} ago", value("corrections"),
                    value("corrections_refused"), plain_time(tracking.number("correction_age_ns"))),
        style);
    text += field("Poll", "every " + plain_time(tracking.number("poll_interval_ns")), style);
    text += field("Slew left", signed_time(tracking.number("slew_left_ns")), style);
    text +=
        field("Kernel",
              fmt::format("frequency {} ppm, tick {} µs",
                          ppm(tracking.number("kernel_frequency_ppb")), value("kernel_tick_us")),
              style);
    text += field(
        "Steps", fmt::format("{}; set by others {}", value("steps"), value("foreign_sets")), style);
    text +=
        field("Raw clock",
              fmt::format("{} breaks (suspend, clocksource change)", value("raw_breaks")), style);
    text += field("System time", utc(tracking.number("system_ns")), style);
    return text;
}

}  // namespace berkeley::ctl
