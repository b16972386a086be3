#include "daemon/control/encode.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <boost/json.hpp>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

// Counters are unsigned, Varlink's int is signed, and 2^63 datagrams take ten thousand years.
json::value count(std::uint64_t value) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
}

json::value ns(const std::optional<Duration>& duration) {
    return duration ? json::value(duration->count()) : json::value(nullptr);
}

// A rate that is no number, or absurd, is one that is not known.
json::value ppb(const std::optional<double>& rate) {
    if (!rate || !std::isfinite(*rate) || std::abs(*rate) > 1e6)
        return nullptr;
    return as_ppb(*rate);
}

json::value words(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value place(const std::optional<Endpoint>& endpoint) {
    return endpoint ? json::value(to_string(*endpoint)) : json::value(nullptr);
}

json::value yes_or_no(Counted counted) {
    return counted == Counted::unknown ? json::value(nullptr)
                                       : json::value(counted == Counted::yes);
}

json::object encode(const DropCounters& dropped) {
    return {{"wrong_size", count(dropped.wrong_size)},
            {"not_ours", count(dropped.not_ours)},
            {"not_authentic", count(dropped.not_authentic)},
            {"unknown_sender", count(dropped.unknown_sender)},
            {"malformed", count(dropped.malformed)},
            {"replayed", count(dropped.replayed)},
            {"stale_term", count(dropped.stale_term)},
            {"table_full", count(dropped.table_full)},
            {"no_certificate", count(dropped.no_certificate)},
            {"over_limit", count(dropped.over_limit)},
            {"not_admitted", count(dropped.not_admitted)}};
}

json::object encode(const MoveStatus& move) {
    return {{"at_ns", move.at.ns},
            {"in_ns", ns(move.in)},
            {"by_ns", move.by.count()},
            {"epoch", count(move.epoch)},
            {"way", name_of(move.way)},
            {"decided", move.decided},
            {"accepted", move.accepted},
            {"known_by", count(move.known_by)},
            {"refused_by", count(move.refused_by)}};
}

json::object encode(const MemberStatus& member) {
    return {{"name", member.name},
            {"address", place(member.address)},
            {"state", name_of(member.state)},
            {"offset_ns", ns(member.offset)},
            {"uncertainty_ns", ns(member.uncertainty)},
            {"bound_ns", ns(member.bound)},
            {"delay_ns", ns(member.delay)},
            {"frequency_ppb", ppb(member.frequency)},
            {"counted", yes_or_no(member.counted)},
            {"reason", words(member.reason)},
            {"reference", member.reference ? json::value(*member.reference) : json::value(nullptr)},
            {"reference_reason", words(member.reference_reason)}};
}

json::value leap_kind(const Calendar& calendar) {
    if (!calendar.coming)
        return nullptr;
    return calendar.coming->inserted ? "insertion" : "deletion";
}

json::value leap_second(const Calendar& calendar) {
    return calendar.coming ? json::value(calendar.coming->midnight.ns / 1'000'000'000)
                           : json::value(nullptr);
}

}  // namespace

std::string_view name_of(MoveWay way) {
    return way == MoveWay::step ? "step" : "slew";
}

std::string_view name_of(Role role) {
    return role == Role::master ? "master" : "member";
}

std::string_view name_of(NodeState state) {
    switch (state) {
        case NodeState::starting:
            return "starting";
        case NodeState::synchronizing:
            return "synchronizing";
        case NodeState::synchronized:
            return "synchronized";
        case NodeState::holdover:
            return "holdover";
        case NodeState::refusing:
            return "refusing";
    }
    contract_broken("a node state without a name");
}

std::string_view name_of(MemberState state) {
    switch (state) {
        case MemberState::joining:
            return "joining";
        case MemberState::trusted:
            return "trusted";
        case MemberState::excluded:
            return "excluded";
        case MemberState::silent:
            return "silent";
        case MemberState::left:
            return "left";
    }
    contract_broken("a member state without a name");
}

std::string_view name_of(ClockMode mode) {
    switch (mode) {
        case ClockMode::system:
            return "system";
        case ClockMode::simulated:
            return "simulated";
        case ClockMode::observe:
            return "observe";
        case ClockMode::reference:
            return "reference";
    }
    contract_broken("a clock mode without a name");
}

std::string_view name_of(Timescale timescale) {
    return timescale == Timescale::reference ? "reference" : "ensemble";
}

json::object encode(const NodeStatus& status) {
    return {{"role", name_of(status.role)},
            {"state", name_of(status.state)},
            {"cluster", status.cluster},
            {"node", status.node},
            {"master", status.master ? json::value(*status.master) : json::value(nullptr)},
            {"term", count(status.term)},
            {"epoch", count(status.epoch)},
            {"offset_ns", ns(status.offset)},
            {"bound_ns", ns(status.bound)},
            {"frequency_ppb", ppb(status.frequency)},
            {"clock", name_of(status.clock)},
            {"reason", words(status.reason)},
            {"members_total", count(status.members)},
            {"members_counted", count(status.counted)},
            {"members_expected", status.expected ? count(*status.expected) : json::value(nullptr)},
            {"advice", words(status.advice)},
            {"master_address", place(status.master_address)},
            {"master_unheard_ns", ns(status.master_unheard)},
            {"holdover_ns", ns(status.holdover)},
            {"bound_growth_ppb", ppb(status.bound_growth)},
            {"settling_ns", ns(status.settling)},
            {"timescale", name_of(status.timescale)},
            {"references", count(status.references)},
            {"references_believed", count(status.references_believed)},
            {"reference_offset_ns", ns(status.reference_offset)},
            {"leap", leap_kind(status.calendar)},
            {"leap_s", leap_second(status.calendar)},
            {"tai_offset_s",
             status.calendar.tai_s ? json::value(*status.calendar.tai_s) : json::value(nullptr)},
            {"roster", status.roster},
            {"candidates", json::value_from(status.candidates)},
            {"notes", json::value_from(status.notes)},
            {"move", status.move ? json::value(encode(*status.move)) : json::value(nullptr)}};
}

json::object encode(const PlannedMove& planned) {
    const Move& move = planned.move;
    return {{"at_ns", move.at.ns},
            {"in_ns", planned.in.count()},
            {"by_ns", move.by.count()},
            {"epoch", count(move.id.epoch)},
            {"way", name_of(move.way)},
            {"settling_ns", planned.settling.count()},
            {"warnings", json::value_from(planned.warnings)}};
}

json::array encode(const std::vector<MemberStatus>& members) {
    json::array array;
    array.reserve(members.size());
    for (const MemberStatus& member : members)
        array.emplace_back(encode(member));
    return array;
}

json::object encode(const Tracking& tracking, std::int64_t host_raw_ns) {
    // 2^-16 ppm, to the nearest ppb; the kernel lets it be no more than 500 ppm.
    const double frequency = static_cast<double>(tracking.kernel_rate.frequency) / 65'536 * kPpm;
    return {{"datagrams_sent", count(tracking.datagrams_sent)},
            {"datagrams_received", count(tracking.datagrams_received)},
            {"dropped", encode(tracking.dropped)},
            {"kernel_stamps", count(tracking.kernel_stamps)},
            {"program_stamps", count(tracking.program_stamps)},
            {"corrections", count(tracking.corrections)},
            {"corrections_refused", count(tracking.corrections_refused)},
            {"steps", count(tracking.steps)},
            {"foreign_sets", count(tracking.foreign_sets)},
            {"raw_breaks", count(tracking.raw_breaks)},
            {"correction_age_ns", ns(tracking.correction_age)},
            {"poll_interval_ns", ns(tracking.poll_interval)},
            {"slew_left_ns", ns(tracking.slew_left)},
            {"kernel_frequency_ppb", ppb(frequency)},
            {"kernel_tick_us", tracking.kernel_rate.tick_us},
            {"system_ns", tracking.system.ns},
            {"raw_ns", tracking.raw.ns},
            {"host_raw_ns", host_raw_ns}};
}

}  // namespace berkeley
