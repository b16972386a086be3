#include "daemon/app/report_text.hpp"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/node/finding.hpp"
#include "daemon/core/time/rate.hpp"
#include "daemon/platform/message_ids.hpp"

namespace berkeley {

namespace {

std::string unsigned_text(Duration duration) {
    const double ns = std::abs(as_ns(duration));
    if (ns < 1e3)
        return fmt::format("{:.0f} ns", ns);
    if (ns < 1e6)
        return fmt::format("{:.1f} us", ns / 1e3);
    if (ns < 1e9)
        return fmt::format("{:.3f} ms", ns / 1e6);
    return fmt::format("{:.3f} s", ns / 1e9);
}

std::string utc_text(Duration since_1970) {
    using std::chrono::floor;
    using std::chrono::seconds;
    return fmt::format("{:%F %T} UTC", std::chrono::sys_seconds{floor<seconds>(since_1970)});
}

struct Wording {
    Priority priority;
    std::string_view message_id;
    std::string message;
};

Wording about_member(const Report& report) {
    const std::string& who = report.subject;
    switch (report.kind) {
        case ReportKind::member_joined:
            return {Priority::info, message_id::kMemberJoined,
                    fmt::format("{} joined; its clock is measured now", who)};
        case ReportKind::member_trusted:
            return {Priority::info, message_id::kMemberTrusted,
                    fmt::format("the clock of {} counts in the average from now on", who)};
        case ReportKind::member_excluded:
            return {Priority::warning, message_id::kMemberExcluded,
                    fmt::format("the clock of {} does not count any more: {}. It is still "
                                "corrected; look at that machine's clock if this stays so",
                                who, report.detail)};
        case ReportKind::member_silent:
            return {Priority::warning, message_id::kMemberSilent,
                    fmt::format("no answer from {} for {}: is it running, and is its UDP port open "
                                "to us?",
                                who, unsigned_text(report.amount))};
        case ReportKind::member_returned:
            return {Priority::notice, message_id::kMemberReturned,
                    fmt::format("{} answers again", who)};
        case ReportKind::member_left:
            return {Priority::info, message_id::kMemberLeft, fmt::format("{} said goodbye", who)};
        case ReportKind::member_on_two_machines:
            return {Priority::error, message_id::kMemberOnTwoMachines,
                    fmt::format("{} is on two machines: {} both have its key. Take one away, or "
                                "revoke {} and join both anew. The one that was here first is "
                                "corrected, and its clock does not count meanwhile",
                                who, report.detail, who)};
        default:
            return {Priority::warning, message_id::kTableFull,
                    fmt::format("turned {} away: the table of members is full. Revoke nodes that "
                                "are no more, or make a second cluster",
                                who)};
    }
}

Wording about_clock(const Report& report) {
    switch (report.kind) {
        case ReportKind::clock_stepped:
            return {Priority::notice, message_id::kClockStepped,
                    fmt::format("stepped the clock by {}: {}", duration_text(report.amount),
                                report.detail)};
        case ReportKind::clock_set_by_other:
            return {Priority::warning, message_id::kClockSetByOther,
                    fmt::format("something else set the clock by {}; it is put back. If it happens "
                                "again, berkeleyd will keep its hands off: stop what sets the "
                                "clock (chronyd, ntpd, systemd-timesyncd, date)",
                                duration_text(report.amount))};
        case ReportKind::clock_steered_by_other:
            return {Priority::error, message_id::kClockSteeredByOther,
                    fmt::format("another program steers this clock, and berkeleyd keeps its hands "
                                "off: {}; or set clock = \"observe\"",
                                report.detail)};
        case ReportKind::adjusting_failed:
            return {Priority::error, message_id::kAdjustingFailed,
                    fmt::format("keeping hands off the clock: {}", report.detail)};
        case ReportKind::move_limit_reached:
            return {Priority::error, message_id::kMoveLimitReached,
                    fmt::format("keeping hands off the clock: {}", report.detail)};
        default:
            return {Priority::warning, message_id::kRawClockBroken,
                    fmt::format("the raw clock is not what it was ({}): measuring starts again",
                                report.detail)};
    }
}

Wording about_cluster(const Report& report) {
    switch (report.kind) {
        case ReportKind::cluster_formed:
            return {Priority::notice, message_id::kClusterFormed,
                    fmt::format("cluster time {}: {}",
                                report.detail == "continued" ? "goes on" : "is formed",
                                report.subject == "1"
                                    ? "by one clock alone"
                                    : fmt::format("{} clocks agree to within {}", report.subject,
                                                  unsigned_text(report.amount)))};
        case ReportKind::begun_where_last_seen:
            return {Priority::warning, message_id::kBegunWhereLastSeen,
                    fmt::format("no clock of the cluster reads later than what its node had seen "
                                "before: cluster time begins at {}, which is where most had seen "
                                "it. If it is later than that, 'berkeleyctl settime' here, and "
                                "'berkeleyctl step' on nodes that refuse to be moved so far",
                                utc_text(report.amount))};
        case ReportKind::master_found:
            return {Priority::info, message_id::kMasterFound,
                    fmt::format("master {} has answered", report.subject)};
        case ReportKind::synchronized:
            return {Priority::notice, message_id::kSynchronized,
                    fmt::format("synchronized: the clock is {} from cluster time",
                                duration_text(report.amount))};
        case ReportKind::holdover:
            return {Priority::warning, message_id::kHoldover,
                    fmt::format("master {} left or fell silent: holding over on this machine's own "
                                "oscillator, with a growing bound. Is the master running, and is "
                                "its UDP port open to us?",
                                report.subject)};
        case ReportKind::correction_refused:
            return {Priority::warning, message_id::kCorrectionRefused,
                    fmt::format("do not believe the corrections of master {}: {} ({} from what is "
                                "known here). Holding over until it is believable again; look at "
                                "that machine's clock, and who has its key",
                                report.subject, report.detail, duration_text(report.amount))};
        case ReportKind::master_believed:
            return {Priority::notice, message_id::kMasterBelieved,
                    fmt::format("the corrections of master {} are believed again, after {}",
                                report.subject, unsigned_text(report.amount))};
        case ReportKind::elected:
            return {Priority::notice, message_id::kElected,
                    fmt::format("this node leads from now on: it was elected, in term {}",
                                report.detail)};
        case ReportKind::leads_no_more:
            return {Priority::notice, message_id::kLeadsNoMore,
                    fmt::format("this node leads no more: {}. It holds over until a majority of "
                                "the candidates has a master, and then follows",
                                report.detail)};
        case ReportKind::cluster_time_leapt:
            return {Priority::warning, message_id::kClusterTimeLeapt,
                    fmt::format("master {} has begun cluster time anew, {}, {} from the one "
                                "before; this clock follows. If nobody wanted that, look at who "
                                "has the key of that machine",
                                report.subject, report.detail, duration_text(report.amount))};
        default:
            return {Priority::notice, message_id::kWaitingForVoters,
                    fmt::format("cluster time is not formed yet: {}. Start the others, or correct "
                                "`expect`",
                                report.detail)};
    }
}

Wording about_move(const Report& report) {
    const std::string by = duration_text(report.amount);
    switch (report.kind) {
        case ReportKind::move_announced:
            return {Priority::notice, message_id::kMoveAnnounced,
                    fmt::format("cluster time is to be moved by {}, as {} has announced: {}", by,
                                report.subject, report.detail)};
        case ReportKind::move_refused:
            return {Priority::warning, message_id::kMoveRefused,
                    fmt::format("{} has announced to move cluster time by {}: {}. That is further "
                                "than a master may in a day, and this node will hold over instead. "
                                "If the operators want it, type 'berkeleyctl step' here when it is "
                                "done; if nobody does, look at who has the key of that machine",
                                report.subject, by, report.detail)};
        case ReportKind::cluster_time_moved:
            return {Priority::notice, message_id::kClusterTimeMoved,
                    fmt::format("cluster time is moved by {}: {} begins", by, report.detail)};
        case ReportKind::move_given_up:
            return {Priority::warning, message_id::kMoveGivenUp,
                    fmt::format("cluster time is not moved by {}: {}", by, report.detail)};
        default:
            return {Priority::warning, message_id::kFormedByOperator,
                    fmt::format("cluster time is formed without a majority, as the operator wants "
                                "it: {}",
                                report.detail)};
    }
}

Wording about_masters_word(const Report& report) {
    const std::string& who = report.subject;
    switch (report.kind) {
        case ReportKind::master_contradicted:
            return {Priority::warning, message_id::kMasterContradicted,
                    fmt::format("{} is told another cluster time by {} than this node is, by {} "
                                "more than the bounds allow: one of them is wrong, or this node. "
                                "See whom the other nodes name",
                                who, report.detail, duration_text(report.amount))};
        case ReportKind::vote_withdrawn:
            return {Priority::error, message_id::kVoteWithdrawn,
                    fmt::format("master {} of term {} tells others what contradicts what it tells "
                                "this node: this candidate withdraws its vote. Look at who has the "
                                "key of that machine, and at its clock",
                                who, report.detail)};
        case ReportKind::accused:
            return {Priority::error, message_id::kAccused,
                    fmt::format("candidate {} finds that this master contradicts itself, and does "
                                "not stand by it any more. If a majority does so, another is "
                                "elected",
                                who)};
        default:
            return {Priority::error, message_id::kDeposed,
                    fmt::format("deposed: a majority of the candidates is lost because this node "
                                "contradicted itself as the master. It does not lead for {}. Look "
                                "at who has its key, at its memory and at its clock",
                                unsigned_text(report.amount))};
    }
}

Wording about_outside_time(const Report& report) {
    const std::string& who = report.subject;
    switch (report.kind) {
        case ReportKind::reference_believed:
            return {Priority::info, message_id::kReferenceBelieved,
                    fmt::format("{} is believed as a reference: its time is {} from cluster time",
                                who, duration_text(report.amount))};
        case ReportKind::reference_excluded:
            return {Priority::warning, message_id::kReferenceExcluded,
                    fmt::format("{} is not believed as a reference: {}. Look at the program that "
                                "steers its clock",
                                who, report.detail)};
        case ReportKind::timescale_reference:
            return {Priority::notice, message_id::kTimescaleReference,
                    fmt::format("cluster time follows references from now on: they are {} from it, "
                                "and it is brought to them without a step, in about {}",
                                duration_text(report.amount), report.detail)};
        case ReportKind::timescale_ensemble:
            return {Priority::warning, message_id::kTimescaleEnsemble,
                    "no reference is believed any more: cluster time goes on after the clocks of "
                    "all nodes, without a step. 'berkeleyctl members' tells why"};
        case ReportKind::leap_announced:
            return {Priority::notice, message_id::kLeapAnnounced,
                    fmt::format("references announce a leap second at the end of {} UTC: clocks "
                                "will be moved by {} then",
                                report.detail, duration_text(report.amount))};
        case ReportKind::leap_withdrawn:
            return {Priority::notice, message_id::kLeapWithdrawn,
                    "the leap second that was announced is called off"};
        default:
            return {Priority::notice, message_id::kLeapSecond,
                    fmt::format("counted a leap second: cluster time was moved by {}{}{}",
                                duration_text(report.amount), report.detail.empty() ? "" : "; ",
                                report.detail)};
    }
}

Wording about_roster(const Report& report) {
    const std::string& who = report.subject;
    switch (report.kind) {
        case ReportKind::roster_proposed:
            return {Priority::notice, message_id::kRosterProposed,
                    fmt::format("proposed to the candidates: {}", report.detail)};
        case ReportKind::roster_signed:
            return {Priority::notice, message_id::kRosterSigned,
                    fmt::format("signed {}, which {} proposed", report.detail, who)};
        case ReportKind::roster_held:
            return {Priority::notice, message_id::kRosterHeld,
                    fmt::format("the candidates are now those of roster {}; this node goes by it "
                                "as soon as it may",
                                report.detail)};
        case ReportKind::roster_given_up:
            return {Priority::warning, message_id::kRosterGivenUp,
                    fmt::format("the candidates stay as they are: {}", report.detail)};
        case ReportKind::aspirant_waits:
            return {Priority::notice, message_id::kAspirantWaits,
                    fmt::format("{} is to be a candidate, and waits for another, as two lead only "
                                "together: 'berkeleyctl invite --candidate' invites one, or "
                                "'berkeleyctl promote {}' makes two",
                                who, who)};
        case ReportKind::aspirant_let_go:
            return {Priority::warning, message_id::kAspirantLetGo,
                    fmt::format("{}, which was to be a candidate, stays a member: {}. 'berkeleyctl "
                                "promote {}' makes it one, while another candidate than this one "
                                "leads",
                                who, report.detail, who)};
        default:
            return {Priority::error, message_id::kRosterOutOfReach,
                    fmt::format("the others hold roster {} of the candidates, and whoever was "
                                "asked does not know any more how it came about from the one that "
                                "this node holds: if it was written into the configurations by "
                                "hand, write it into this one; else stop berkeleyd here, and join "
                                "anew with an invitation",
                                report.detail)};
    }
}

Wording about_trust(const Report& report) {
    const std::string& who = report.subject;
    switch (report.kind) {
        case ReportKind::member_refused:
            return {Priority::warning, message_id::kMemberRefused,
                    fmt::format("did not let {} in: {}", who, report.detail)};
        case ReportKind::refused_by_master:
            return {Priority::error, message_id::kRefusedByMaster,
                    fmt::format("{} does not let this node in: {}", who, report.detail)};
        case ReportKind::invitation_made:
            return {Priority::notice, message_id::kInvitationMade,
                    fmt::format("made an invitation for one node, {}, good for {}", report.detail,
                                about_text(report.amount))};
        case ReportKind::node_enrolled:
            return {Priority::notice, message_id::kNodeEnrolled,
                    fmt::format("{} came with an invitation and is enrolled: {}. If it is not the "
                                "node you invited, 'berkeleyctl revoke {}'",
                                who, report.detail, who)};
        case ReportKind::enrolment_refused:
            return {Priority::warning, message_id::kEnrolmentRefused,
                    fmt::format("did not enrol {}, which came with an invitation: {}", who,
                                report.detail)};
        default:
            return {Priority::notice, message_id::kNodeRevoked,
                    fmt::format("revoked {}, key {}: it is no member any more, and cannot become "
                                "one with this key",
                                who, report.detail)};
    }
}

Wording wording(const Report& report) {
    switch (report.kind) {
        case ReportKind::cluster_formed:
        case ReportKind::begun_where_last_seen:
        case ReportKind::master_found:
        case ReportKind::synchronized:
        case ReportKind::holdover:
        case ReportKind::correction_refused:
        case ReportKind::master_believed:
        case ReportKind::cluster_time_leapt:
        case ReportKind::elected:
        case ReportKind::leads_no_more:
        case ReportKind::waiting_for_voters:
            return about_cluster(report);
        case ReportKind::move_announced:
        case ReportKind::move_refused:
        case ReportKind::cluster_time_moved:
        case ReportKind::move_given_up:
        case ReportKind::formed_by_operator:
            return about_move(report);
        case ReportKind::clock_stepped:
        case ReportKind::clock_set_by_other:
        case ReportKind::clock_steered_by_other:
        case ReportKind::adjusting_failed:
        case ReportKind::move_limit_reached:
        case ReportKind::raw_clock_broken:
            return about_clock(report);
        case ReportKind::master_contradicted:
        case ReportKind::vote_withdrawn:
        case ReportKind::accused:
        case ReportKind::deposed:
            return about_masters_word(report);
        case ReportKind::reference_believed:
        case ReportKind::reference_excluded:
        case ReportKind::timescale_reference:
        case ReportKind::timescale_ensemble:
        case ReportKind::leap_announced:
        case ReportKind::leap_withdrawn:
        case ReportKind::leap_second:
            return about_outside_time(report);
        case ReportKind::roster_proposed:
        case ReportKind::roster_signed:
        case ReportKind::roster_held:
        case ReportKind::roster_given_up:
        case ReportKind::aspirant_waits:
        case ReportKind::aspirant_let_go:
        case ReportKind::roster_out_of_reach:
            return about_roster(report);
        case ReportKind::member_refused:
        case ReportKind::refused_by_master:
        case ReportKind::invitation_made:
        case ReportKind::node_enrolled:
        case ReportKind::enrolment_refused:
        case ReportKind::node_revoked:
            return about_trust(report);
        case ReportKind::member_joined:
        case ReportKind::member_trusted:
        case ReportKind::member_excluded:
        case ReportKind::member_silent:
        case ReportKind::member_returned:
        case ReportKind::member_left:
        case ReportKind::member_on_two_machines:
        case ReportKind::table_full:
            return about_member(report);
    }
    contract_broken("a report of no known kind");
}

std::string_view state_words(NodeState state) {
    switch (state) {
        case NodeState::starting:
            return "Starting";
        case NodeState::synchronizing:
            return "Synchronizing";
        case NodeState::synchronized:
            return "Synchronized";
        case NodeState::holdover:
            return "Holding over";
        case NodeState::refusing:
            return "Refusing to steer";
    }
    contract_broken("a state of no known kind");
}

}  // namespace

LogEntry log_entry(const Report& report) {
    Wording words = wording(report);
    LogEntry entry;
    entry.priority = words.priority;
    entry.message_id = words.message_id;
    entry.message = std::move(words.message);
    // By each an operator may find a node that should not have got in.
    entry.limited =
        report.kind != ReportKind::node_enrolled && report.kind != ReportKind::node_revoked;
    if (!report.subject.empty())
        entry.fields.emplace_back("BERKELEYD_SUBJECT", report.subject);
    if (report.amount != 0ns) {
        entry.fields.emplace_back("BERKELEYD_AMOUNT_NS", std::to_string(report.amount.count()));
    }
    if (!report.detail.empty())
        entry.fields.emplace_back("BERKELEYD_DETAIL", report.detail);
    return entry;
}

std::string suspects_text(const std::vector<std::string>& time_daemons) {
    if (time_daemons.empty())
        return {};
    return fmt::format(". Running on this machine: {}", fmt::join(time_daemons, ", "));
}

LogEntry log_entry(const Report& report, const std::vector<std::string>& time_daemons) {
    LogEntry entry = log_entry(report);
    if (time_daemons.empty())
        return entry;
    entry.message += suspects_text(time_daemons);
    entry.fields.emplace_back("BERKELEYD_TIME_DAEMONS",
                              fmt::format("{}", fmt::join(time_daemons, ", ")));
    return entry;
}

std::string status_sentence(const NodeStatus& status) {
    std::string text(state_words(status.state));
    text += status.role == Role::master ? " as master" : " as member";
    if (status.role == Role::member && status.master)
        text += " of " + *status.master;
    if (status.offset)
        text += ", " + duration_text(*status.offset) + " from cluster time";
    if (status.bound)
        text += ", surely within " + unsigned_text(*status.bound);
    if (status.members > 0) {
        text += fmt::format("; {} of {} clocks count", status.counted, status.members);
    }
    if (!status.reason.empty())
        text += ": " + status.reason;
    return text;
}

std::string duration_text(Duration duration) {
    return (duration < 0ns ? "-" : "+") + unsigned_text(duration);
}

}  // namespace berkeley
