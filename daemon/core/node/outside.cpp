#include "daemon/core/node/outside.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/core/measure/offset_guarantee.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

Outside outside_of(const KernelReading& kernel) {
    const auto not_negative = [](Duration error) { return std::max<Duration>(error, 0ns); };
    return {.synchronized = !kernel.unsynchronized,
            .max_error = not_negative(kernel.max_error),
            .estimated_error = not_negative(kernel.estimated_error),
            .leap = kernel.leap,
            .tai_s = plausible_tai(kernel.tai_offset_s)
                         ? static_cast<std::int16_t>(kernel.tai_offset_s)
                         : std::int16_t{0}};
}

Duration StatedError::taken(Duration kernel, RawTime now) {
    constexpr double kKernelAdds = 500 * kPpm;  // MAXFREQ, in second_overflow
    constexpr Duration kSame = 1ms;             // it adds by whole seconds
    const auto grown = [this, now](double rate) {
        return stated_->error + gained(now - stated_->at, rate);
    };
    if (!stated_ || std::chrono::abs(kernel - grown(kKernelAdds)) > kSame)
        stated_ = {now, kernel};
    return std::min(kernel, grown(kRho));
}

void report_leap_notice(Context& context, const std::optional<LeapSecond>& coming) {
    if (coming == context.calendar.coming)
        return;
    if (!coming)
        return context.report(ReportKind::leap_withdrawn, context.settings.name);
    const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<Duration>(Duration{coming->midnight.ns} - 1s))};
    const std::chrono::year_month_day date{day};
    context.report(
        ReportKind::leap_announced, context.settings.name, coming->by(),
        fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())));
}

}  // namespace berkeley
