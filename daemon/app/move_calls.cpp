// The operator's moves of cluster time, for the whole cluster.
#include <utility>

#include <fmt/format.h>

#include "daemon/app/daemon.hpp"
#include "daemon/app/notices.hpp"
#include "daemon/app/report_text.hpp"
#include "daemon/core/node/belief.hpp"
#include "daemon/core/node/finding.hpp"

namespace berkeley {
namespace {

constexpr Duration kLongSlew = 10min;

std::string words(const MoveWish& wish, bool dry_run) {
    const std::string what = wish.to ? fmt::format("set cluster time to {} ns", wish.to->ns)
                                     : "move cluster time by " + duration_text(wish.by);
    return dry_run ? "tell what it would be to " + what : what;
}

std::vector<std::string> warnings_for(const Move& move, Duration settling) {
    std::vector<std::string> warnings;
    if (std::chrono::abs(move.by) > Belief::kMostByEpochs) {
        warnings.emplace_back(
            "a node lets its master move cluster time by no more than 1000 s in a day: every other "
            "node refuses this, says so and holds over, until 'berkeleyctl step' is typed there");
    }
    if (move.way == MoveWay::slew && settling > kLongSlew) {
        warnings.push_back(fmt::format(
            "to slew that takes about {}, and meanwhile the clocks run up to 10 % fast or slow; "
            "--step does it at once",
            about_text(settling)));
    }
    if (move.way == MoveWay::step && move.by < 0ns) {
        warnings.emplace_back(
            "time runs backwards by this for the programs of all nodes; --slew does not do that");
    }
    return warnings;
}

}  // namespace

tl::expected<PlannedMove, std::string> Daemon::set_time(const Caller& caller, const MoveWish& wish,
                                                        bool dry_run) {
    journal_.write(notice::operator_asked(caller, words(wish, dry_run)));
    look_after_raw_clock(clock_->now());
    const Moment now = clock_->now();
    const auto move = node_.planned_move(wish, now);
    if (!move)
        return tl::unexpected(move.error());
    if (SystemTime{(move->at + move->by).ns} < earliest_)
        return tl::unexpected<std::string>(
            "that is before this berkeleyd was built: no clock that reads so would count at the "
            "next start");
    PlannedMove planned;
    planned.move = *move;
    planned.in = move_lead(node_.status(now).members);
    if (move->way == MoveWay::slew)
        planned.settling = settling_time(move->by);
    planned.warnings = warnings_for(*move, planned.settling);
    if (dry_run)
        return planned;
    handle(MoveRequested{now, wish});
    const bool saved = keeper_.finish(kPatienceOfACall);
    if (!saved)
        handle(MoveRecalled{clock_->now()});
    if (!saved || !node_.status(clock_->now()).move)
        return tl::unexpected<std::string>(
            "the move could not be saved, and nobody is told of it: 'journalctl -u berkeleyd' "
            "tells "
            "what stands in the way of saving the state");
    return planned;
}

tl::expected<void, std::string> Daemon::recall_move(const Caller& caller) {
    journal_.write(notice::operator_asked(caller, "call off the move of cluster time"));
    const Moment now = clock_->now();
    std::string why_not = node_.why_no_recall(now);
    if (!why_not.empty())
        return tl::unexpected(std::move(why_not));
    handle(MoveRecalled{now});
    return {};
}

tl::expected<Forming, std::string> Daemon::form(const Caller& caller) {
    journal_.write(notice::operator_asked(caller, "form cluster time with those that are here"));
    const Moment now = clock_->now();
    std::string why_not = node_.why_no_forming(now);
    if (!why_not.empty())
        return tl::unexpected(std::move(why_not));
    Forming forming;
    forming.here = node_.who_is_here();
    handle(FormingRequested{now});
    forming.formed = !node_.why_no_forming(clock_->now()).empty();
    return forming;
}

}  // namespace berkeley
