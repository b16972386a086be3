#include "daemon/core/node/moving.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/core/node/outside.hpp"

namespace berkeley {

void carry_out_move(Context& context, Steering& steering, const Moment& now) {
    const Move& move = *context.moves.known();
    context.epoch = move.id.epoch;
    if (move.by < 0ns)
        lower_floor(context, move.at + move.by);
    steering.move_line(move.by, move.way, now);
    // A leap second that was announced is at another reading now: who announced it tells anew.
    report_leap_notice(context, std::nullopt);
    context.calendar.coming.reset();
    context.actions.push_back(SaveState{.at_once = true});
    context.report(ReportKind::cluster_time_moved, context.settings.name, move.by,
                   fmt::format("epoch {}", move.id.epoch));
}

void lower_floor(Context& context, ClusterTime to) {
    context.floor = std::min(context.floor, SystemTime{to.ns});
}

std::string to_text(const Move& move, std::optional<Duration> in) {
    const std::string when = in ? fmt::format(" in {:.1f} s", as_seconds(*in)) : "";
    return fmt::format("epoch {} begins{}, by {}", move.id.epoch, when,
                       move.way == MoveWay::step ? "a step" : "slewing");
}

}  // namespace berkeley
