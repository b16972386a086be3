// What an operator may ask of the daemon about who the candidates are.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/app/daemon.hpp"
#include "daemon/app/notices.hpp"
#include "daemon/config/roster.hpp"

namespace berkeley {

CandidatesStatus Daemon::candidates() {
    const RosterAccount account = node_.roster();
    CandidatesStatus status;
    status.serial = account.roster.serial;
    status.in_force = account.roster.serial == config_.node.roster;
    for (std::size_t i = 0; i < account.roster.candidates.size(); ++i) {
        const TokenCandidate& each = account.roster.candidates[i];
        std::string host = each.host;
        std::uint16_t port = each.port;
        for (const CandidateAddress& known : config_.candidates) {
            if (known.name == each.name.view()) {
                host = known.host;
                port = known.port;
            }
        }
        const bool v6 = host.find(':') != std::string::npos;
        const std::string place =
            v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
        status.candidates.push_back(
            {std::string(each.name.view()), place, each.key, account.held.at(i)});
    }
    status.note = config_.node.roster_in_doubt ? roster_doubt_ : roster_note_;
    status.outcome = account.outcome;
    status.awaited = node_.awaited_candidates(clock_->now());
    if (account.proposed)
        status.proposed = CandidatesStatus::Proposed{
            in_words(account.proposed->step, account.proposed->node), account.proposed->signatures,
            account.proposed->needed, account.proposed->waits_for};
    return status;
}

tl::expected<RosterSerial, std::string> Daemon::promote(const Caller& caller, const NodeName& node,
                                                        const std::string& host,
                                                        std::uint16_t port) {
    return change_roster(caller, {RosterStep::promote, node, host, port});
}

tl::expected<RosterSerial, std::string> Daemon::retire(const Caller& caller, const NodeName& node,
                                                       bool distrust, bool force) {
    const auto lost = distrust ? node_.certified_by(node.view()) : std::vector<std::string>{};
    if (!lost.empty() && !force) {
        journal_.write(notice::operator_asked(caller, fmt::format("retire {}", node.view())));
        return tl::unexpected(fmt::format(
            "{} came in by certificates of {}, and would be members no more: give them others "
            "first ('berkeleyctl certify' on another candidate, for their node.cert), or add "
            "--force",
            fmt::join(lost, ", "), node.view()));
    }
    return change_roster(caller,
                         {distrust ? RosterStep::distrust : RosterStep::retire, node, "", 0});
}

tl::expected<RosterSerial, std::string> Daemon::change_roster(const Caller& caller,
                                                              const RosterWish& wish) {
    const bool promotes = wish.step == RosterStep::promote;
    journal_.write(notice::operator_asked(
        caller, fmt::format("{} {}{}", promotes ? "promote" : "retire", wish.node.view(),
                            wish.step == RosterStep::distrust ? " and distrust it" : "")));
    const Moment now = clock_->now();
    const std::string why_not = node_.why_no_roster(wish, now);
    if (!why_not.empty())
        return tl::unexpected(why_not);
    const auto next = static_cast<RosterSerial>(node_.roster().roster.serial + 1);
    handle(RosterWanted{now, wish});
    return next;
}

}  // namespace berkeley
