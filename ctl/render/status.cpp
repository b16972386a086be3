#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/render/screens.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::size_t kMostProblems = 5;  // the screen stays one screen

std::string clock_words(const StatusView& status) {
    if (status.clock == "system")
        return "this machine's clock, steered";
    if (status.clock == "simulated")
        return "SIMULATED: made up for trying out; this machine's clock is not touched";
    if (status.clock == "observe")
        return "this machine's clock, observed, not steered";
    if (status.clock == "reference")
        return "this machine's clock, a reference: outside time steers it, another program's";
    return status.clock;
}

std::string references_words(const StatusView& status) {
    std::string text = fmt::format("{} of {} believed", status.references_believed.value_or(0),
                                   *status.references);
    if (status.timescale == "reference" && status.reference_offset_ns)
        text += fmt::format("; their time is {} from cluster time, which is brought to it",
                            signed_time(status.reference_offset_ns));
    else
        text += "; cluster time goes on after the clocks of the nodes";
    return text;
}

// The midnight as a day: a leap second is the last of it, or would be.
std::string leap_words(const StatusView& status) {
    const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_seconds{std::chrono::seconds{*status.leap_s}} - std::chrono::seconds{1});
    const std::chrono::year_month_day date{day};
    return fmt::format("{} of a second at the end of {:04}-{:02}-{:02} UTC", status.leap,
                       static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string role_words(const StatusView& status) {
    const std::string where =
        fmt::format("of cluster {}, term {}, epoch {}", status.cluster, status.term, status.epoch);
    if (status.role == "master")
        return fmt::format("master {}", where);
    const auto place = std::ranges::find(status.candidates, status.node);
    if (place == status.candidates.end() || status.candidates.size() < 2)
        return fmt::format("{} {}", status.role, where);
    return fmt::format("{}, candidate {} of {}, {}", status.role,
                       place - status.candidates.begin() + 1, status.candidates.size(), where);
}

std::string candidates_words(const StatusView& status) {
    const std::string names = fmt::format("{}", fmt::join(status.candidates, ", "));
    return status.roster > 0 ? fmt::format("{} (roster {})", names, status.roster) : names;
}

std::string master_words(const StatusView& status) {
    if (status.role == "master")
        return "this node";
    if (!status.master) {
        return status.master_address.empty() ? "none found yet"
                                             : "none answers; asking " + status.master_address;
    }
    std::string text = *status.master;
    if (!status.master_address.empty())
        text += " at " + status.master_address;
    if (status.master_unheard_ns)
        text += fmt::format(", heard {} ago", plain_time(status.master_unheard_ns));
    return text;
}

std::string offset_words(const StatusView& status) {
    if (!status.offset_ns)
        return "not known yet";
    const std::string_view side = *status.offset_ns < 0   ? "behind"
                                  : *status.offset_ns > 0 ? "ahead of"
                                                          : "equal to";
    return fmt::format("{} ({} cluster time)", signed_time(status.offset_ns), side);
}

std::string bound_words(const StatusView& status) {
    if (!status.bound_ns)
        return "not known yet";
    std::string growing;
    if (status.state == "holdover" && status.bound_growth_ppb)  // 1 ppb is 1 ns each second
        growing = fmt::format(", growing by {} each second", plain_time(status.bound_growth_ppb));
    return fmt::format("{} (guaranteed{})", plus_minus(status.bound_ns), growing);
}

std::string frequency_words(const StatusView& status) {
    if (!status.frequency_ppb)
        return "not known yet";
    if (*status.frequency_ppb == 0)
        return "0 ppm (the oscillator is neither fast nor slow)";
    const std::string_view side = *status.frequency_ppb < 0 ? "slow" : "fast";
    return fmt::format("{} ppm (oscillator {})", ppm(status.frequency_ppb), side);
}

std::string move_words(const MoveView& move, const StatusView& status) {
    std::string text = "cluster time moves by " + signed_time(move.by_ns);
    if (move.in_ns)
        text += " in " + plain_time(std::max<std::int64_t>(*move.in_ns, 0));
    text += move.way == "step" ? ", by a step" : ", by slewing";
    text += move.decided ? "; decided" : "; not decided yet";
    if (status.role == "master") {
        text += fmt::format("; known by {} of {} other nodes", move.known_by,
                            std::max<std::int64_t>(status.members_total.value_or(1) - 1, 0));
        if (move.refused_by > 0)
            text += fmt::format(", refused by {} of these", move.refused_by);
    }
    if (!move.accepted)
        text += "; REFUSED here, as it is further than a master may: 'berkeleyctl step' follows it";
    return text;
}

bool on_its_way(const StatusView& status) {
    return status.state == "starting" || status.state == "synchronizing";
}

std::string clocks_words(const StatusView& status) {
    std::string text =
        fmt::format("{} of {} counted", status.members_counted.value_or(0), *status.members_total);
    if (status.members_expected && *status.members_expected != *status.members_total)
        text += fmt::format(", {} expected", *status.members_expected);
    if (!status.master)
        text += ", when the master was last heard";
    return text;
}

// How serious the daemon's `reason` is.
std::string_view reason_label(const StatusView& status) {
    if (on_its_way(status))
        return "Now";
    return status.state == "synchronized" ? "Note" : "Problem";
}

Tone tone_of_reason(const StatusView& status) {
    return status.state == "synchronized" ? Tone::warning : tone_of(status.state);
}

std::string next_words(const StatusView& status, bool all_counted) {
    if (!status.advice.empty())
        return status.advice;
    return all_counted ? "" : "'berkeleyctl members' shows all clocks side by side";
}

// A clock that is only being measured is no problem while its cluster is still finding together;
// one that is trusted and yet does not count has no vote, as somebody decided.
bool is_problem(const MemberView& member, const StatusView& status) {
    if (member.counted.value_or(true) || member.reason.empty() || member.state == "left" ||
        member.state == "trusted")
        return false;
    if (member.state == "joining" && on_its_way(status))
        return false;
    return member.reason != status.reason;  // told already, as the node's own
}

std::string problems(const StatusView& status, const std::vector<MemberView>& members,
                     const Style& style) {
    std::string text;
    std::size_t shown = 0;
    std::size_t found = 0;
    for (const MemberView& member : members) {
        if (!is_problem(member, status))
            continue;
        if (++found > kMostProblems)
            continue;
        const std::string line =
            fmt::format("{} {}{}: {}", member.name, member.state,
                        member.name == status.node ? " (this node)" : "", member.reason);
        text += field(shown++ == 0 ? "Not counted" : "", line, style, tone_of(member.state));
    }
    if (found > kMostProblems)
        text += field("", fmt::format("and {} more", found - kMostProblems), style);
    return text;
}

}  // namespace

std::string render_title(const StatusView& status, const Style& style) {
    std::string mark;
    if (status.clock == "simulated")
        mark = " (simulated clock)";
    else if (status.clock == "observe")
        mark = " (observed, not steered)";
    else if (status.clock == "reference")
        mark = " (a reference, not steered)";
    const std::string_view in = status.state == "holdover" ? "in " : "";
    return style.paint(Tone::strong, status.node) + " is " + std::string(in) +
           style.paint(tone_of(status.state), status.state) + style.paint(Tone::warning, mark) +
           "\n";
}

std::string render_status(const StatusView& status, const std::vector<MemberView>& members,
                          const Style& style) {
    std::string text = render_title(status, style);
    text += field("Role", role_words(status), style);
    text += field("Master", master_words(status), style);
    if (status.candidates.size() > 1)
        text += field("Candidates", candidates_words(status), style);
    text += field("Offset", offset_words(status), style);
    text += field("Bound", bound_words(status), style);
    if (status.move)
        text += field("Move", move_words(*status.move, status), style, Tone::warning);
    if (status.holdover_ns)
        text += field("Holdover", "for " + plain_time(status.holdover_ns), style, Tone::warning);
    text += field("Frequency", frequency_words(status), style);
    if (status.members_total.value_or(0) > 0)
        text += field("Clocks", clocks_words(status), style);
    text += field("Clock", clock_words(status), style,
                  status.clock == "system" ? Tone::plain : Tone::warning);
    if (status.references.value_or(0) > 0)
        text += field("References", references_words(status), style);
    if (status.leap_s && !status.leap.empty())
        text += field("Leap", leap_words(status), style, Tone::warning);
    if (status.tai_offset_s)
        text += field("TAI", fmt::format("UTC + {} s", *status.tai_offset_s), style);
    std::string wrong;
    if (!status.reason.empty())
        wrong += field(reason_label(status), status.reason, style, tone_of_reason(status));
    for (const std::string& note : status.notes)
        wrong += field("Note", note, style);
    const std::string others = problems(status, members, style);
    wrong += others;
    const std::string next = next_words(status, others.empty());
    if (!next.empty())
        wrong += field("Next", next, style);
    return wrong.empty() ? text : text + "\n" + wrong;
}

std::string render_watch(const StatusView& status, const std::vector<MemberView>& members,
                         const Style& style) {
    std::string text = render_title(status, style);
    text += field("Master", master_words(status), style);
    text += field("Offset", offset_words(status), style);
    text += field("Bound", bound_words(status), style);
    if (!status.reason.empty())
        text += field(reason_label(status), status.reason, style, tone_of_reason(status));
    const auto used = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    // One line is kept for the prompt, and one below the table.
    const std::size_t left = style.height > used + 5 ? style.height - used - 2 : 3;
    return text + "\n" + render_members(members, style, style.terminal ? left : 0);
}

}  // namespace berkeley::ctl
