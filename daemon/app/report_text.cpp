#include "daemon/app/report_text.hpp"

#include <cmath>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/time/rate.hpp"

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

struct Wording {
    Priority priority;
    std::string_view message_id;
    std::string message;
};

Wording about_member(const Report& report) {
    const std::string& who = report.subject;
    switch (report.kind) {
        case ReportKind::member_joined:
            return {Priority::info, "330f3fd9e49f43d6b79ea180152f532c",
                    fmt::format("{} joined; its clock is measured now", who)};
        case ReportKind::member_trusted:
            return {Priority::info, "d5808de12d5f4d15b8b71675daa83cf9",
                    fmt::format("the clock of {} counts in the average from now on", who)};
        case ReportKind::member_excluded:
            return {Priority::warning, "8115db08fa9a4331b0119c4866e89f11",
                    fmt::format("the clock of {} does not count any more: {}. It is still "
                                "corrected; look at that machine's clock if this stays so",
                                who, report.detail)};
        case ReportKind::member_silent:
            return {Priority::warning, "d869ac351b064b23bd7e935c230e9af9",
                    fmt::format("no answer from {} for {}: is it running, and is its UDP port open "
                                "to us?",
                                who, unsigned_text(report.amount))};
        case ReportKind::member_returned:
            return {Priority::notice, "7678fab3f8544a3eaa310934bb4550da",
                    fmt::format("{} answers again", who)};
        case ReportKind::member_left:
            return {Priority::info, "f1e5eb16abee4405993836dab4757509",
                    fmt::format("{} said goodbye", who)};
        default:
            return {Priority::warning, "1e9cfec32bb3460ab3c7c47435ad0969",
                    fmt::format("turned {} away: the table of members is full. Somebody with our "
                                "key joins under ever new names, or the cluster is too large",
                                who)};
    }
}

Wording about_clock(const Report& report) {
    switch (report.kind) {
        case ReportKind::clock_stepped:
            return {Priority::notice, "846a2d556a5147c493c9748bf0cb91ad",
                    fmt::format("stepped the clock by {}: {}", duration_text(report.amount),
                                report.detail)};
        case ReportKind::clock_set_by_other:
            return {Priority::warning, "5a227e25a09c44cfb314f0a631b8d698",
                    fmt::format("something else set the clock by {}; it is put back. If it happens "
                                "again, berkeleyd will keep its hands off: stop what sets the "
                                "clock (chronyd, ntpd, systemd-timesyncd, date)",
                                duration_text(report.amount))};
        case ReportKind::clock_steered_by_other:
            return {Priority::error, "c6ee920253c4414785c48616a1a73c7a",
                    fmt::format("another program steers this clock, and berkeleyd keeps its hands "
                                "off: {}; or set clock = \"observe\"",
                                report.detail)};
        case ReportKind::adjusting_failed:
            return {Priority::error, "c4137f7c46154c2b98e6cd014272d907",
                    fmt::format("keeping hands off the clock: {}", report.detail)};
        case ReportKind::move_limit_reached:
            return {Priority::error, "6c167f17f3cd48668c84485bc33aeae0",
                    fmt::format("keeping hands off the clock: {}", report.detail)};
        default:
            return {Priority::warning, "f060139d50f4485e9ddd32d7740cd47d",
                    fmt::format("the raw clock is not what it was ({}): measuring starts again",
                                report.detail)};
    }
}

Wording about_cluster(const Report& report) {
    switch (report.kind) {
        case ReportKind::cluster_formed:
            return {Priority::notice, "2c0fc5ac2d3547d4bcd605cbca5ff375",
                    fmt::format("cluster time {}: {} clocks agree to within {}",
                                report.detail == "continued" ? "goes on" : "is formed",
                                report.subject, unsigned_text(report.amount))};
        case ReportKind::master_found:
            return {Priority::info, "e2436c798fdf4a85a65694b90ebe3b3b",
                    fmt::format("master {} has answered", report.subject)};
        case ReportKind::synchronized:
            return {Priority::notice, "1af920b61c714a69a4c292806f670659",
                    fmt::format("synchronized: the clock is {} from cluster time",
                                duration_text(report.amount))};
        case ReportKind::holdover:
            return {Priority::warning, "4d556b279b054cf89d4b653debefb494",
                    fmt::format("master {} left or fell silent: holding over on this machine's own "
                                "oscillator, with a growing bound. Is the master running, and is "
                                "its UDP port open to us?",
                                report.subject)};
        case ReportKind::correction_refused:
            return {Priority::warning, "5c1419f5c87c4d99bacc1cc9863b1c2b",
                    fmt::format("refused a correction by master {}: it is {} more than may be "
                                "believed. Look at the master's clock",
                                report.subject, unsigned_text(report.amount))};
        default:
            return {Priority::notice, "29eb9f8b9cef4fc499f18d9a3d59bf0c",
                    fmt::format("cluster time is not formed yet: {}. Start the others, or correct "
                                "`expect`",
                                report.detail)};
    }
}

Wording wording(const Report& report) {
    switch (report.kind) {
        case ReportKind::cluster_formed:
        case ReportKind::master_found:
        case ReportKind::synchronized:
        case ReportKind::holdover:
        case ReportKind::correction_refused:
        case ReportKind::waiting_for_voters:
            return about_cluster(report);
        case ReportKind::clock_stepped:
        case ReportKind::clock_set_by_other:
        case ReportKind::clock_steered_by_other:
        case ReportKind::adjusting_failed:
        case ReportKind::move_limit_reached:
        case ReportKind::raw_clock_broken:
            return about_clock(report);
        case ReportKind::member_joined:
        case ReportKind::member_trusted:
        case ReportKind::member_excluded:
        case ReportKind::member_silent:
        case ReportKind::member_returned:
        case ReportKind::member_left:
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
    if (!report.subject.empty())
        entry.fields.emplace_back("BERKELEYD_SUBJECT", report.subject);
    if (report.amount != 0ns) {
        entry.fields.emplace_back("BERKELEYD_AMOUNT_NS", std::to_string(report.amount.count()));
    }
    if (!report.detail.empty())
        entry.fields.emplace_back("BERKELEYD_DETAIL", report.detail);
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
