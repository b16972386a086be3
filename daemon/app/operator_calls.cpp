// What an operator may ask of the daemon over the control socket. Each call is told in the journal,
// with who made it.
#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/app/daemon.hpp"
#include "daemon/app/notices.hpp"

namespace berkeley {

tl::expected<std::size_t, std::string> Daemon::poll(const Caller& caller) {
    journal_.write(notice::operator_asked(caller, "poll"));
    const Moment now = clock_->now();
    const NodeStatus status = status_at(now);
    std::size_t asked = status.members;
    if (status.role == Role::master) {
        --asked;  // itself
    } else {
        const std::vector<MemberStatus> rows = node_.members(now);
        asked = static_cast<std::size_t>(std::ranges::count_if(
            rows, [](const MemberStatus& row) { return row.address.has_value(); }));
        if (asked == 0)
            return tl::unexpected(status.reason);
    }
    handle(PollRequested{now});
    return asked;
}

tl::expected<Duration, std::string> Daemon::step(const Caller& caller) {
    journal_.write(notice::operator_asked(caller, "step"));
    look_after_raw_clock(clock_->now());
    const Moment now = clock_->now();
    const std::string why_not = node_.why_no_step(now);
    if (!why_not.empty())
        return tl::unexpected(why_not);
    stepped_.reset();
    handle(StepRequested{now, clock_->read()});
    const NodeStatus after = status();
    if (after.state == NodeState::refusing)
        return tl::unexpected(after.reason);
    if (!stepped_)
        return tl::unexpected<std::string>(
            "the clock is on cluster time: there was nothing to step");
    return *stepped_;
}

tl::expected<std::string, std::string> Daemon::hand_over(const Caller& caller,
                                                         const std::string& to) {
    journal_.write(notice::operator_asked(caller, to.empty() ? "handover" : "handover to " + to));
    const Moment now = clock_->now();
    const std::string why_not = node_.why_no_handover(to, now);
    if (!why_not.empty())
        return tl::unexpected(why_not);
    const std::string successor = node_.successor(to, now);
    handle(HandoverRequested{now, successor});
    return successor;
}

tl::expected<Reloaded, std::vector<std::string>> Daemon::reload(const Caller& caller) {
    journal_.write(notice::operator_asked(caller, "reload"));
    return reload();
}

void Daemon::set_log_level(const Caller& caller, Priority level) {
    journal_.write(notice::operator_asked(caller, "log at level " + std::string(name_of(level))));
    journal_.set_level(level);
}

void Daemon::refused(const Caller& caller, std::string_view method) {
    journal_.write(notice::operator_refused(caller, method));
}

}  // namespace berkeley
