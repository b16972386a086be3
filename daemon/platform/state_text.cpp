#include "daemon/platform/state_text.hpp"

#include <cmath>
#include <optional>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/platform/json_object.hpp"

namespace berkeley {

namespace {

namespace json = boost::json;

constexpr int kStateVersion = 2;  // 1 knew of no election
// As the codec limits what comes from the network.
constexpr double kMaxRate = 0.2;
constexpr std::int64_t kLongestNs = std::int64_t{1} << 60;
constexpr std::size_t kMaxStateDepth = 4;
constexpr std::size_t kMaxRoster = 10'000;

// Reads members of one object, and keeps the first complaint.
class Fields {
  public:
    Fields(const json::object& object, std::string& complaint)
        : object_(object), complaint_(complaint) {}

    template <class Integer>
    Integer integer(const char* name, Integer least, Integer most) {
        const json::value* value = object_.if_contains(name);
        json::error_code error;
        const Integer number = value == nullptr ? least : value->to_number<Integer>(error);
        if (value != nullptr && value->is_number() && !value->is_double() && !error &&
            number >= least && number <= most) {
            return number;
        }
        complain(name, "a whole number within its limits");
        return least;
    }

    double rate(const char* name) { return real(name, -kMaxRate, kMaxRate); }

    double real(const char* name, double least, double most) {
        const json::value* value = object_.if_contains(name);
        json::error_code error;
        const double number = value == nullptr ? 0 : value->to_number<double>(error);
        if (value != nullptr && value->is_number() && !error && number >= least && number <= most) {
            return number;
        }
        complain(name, "a number within its limits");
        return 0;
    }

    std::string text(const char* name) {
        const json::value* value = object_.if_contains(name);
        if (value != nullptr && value->is_string() && value->get_string().size() <= 256) {
            return std::string(value->get_string());
        }
        complain(name, "a text");
        return {};
    }

    bool truth(const char* name) {
        const json::value* value = object_.if_contains(name);
        if (value == nullptr || !value->is_bool())
            complain(name, "true or false");
        return value != nullptr && value->is_bool() && value->get_bool();
    }

    const json::value* present(const char* name) const {
        const json::value* value = object_.if_contains(name);
        return value == nullptr || value->is_null() ? nullptr : value;
    }

    void complain(const char* name, const char* wanted) {
        if (complaint_.empty())
            complaint_ = fmt::format("\"{}\" is not {}", name, wanted);
    }

    Duration duration(const char* name) {
        return Duration{integer<std::int64_t>(name, 0, kLongestNs)};
    }

    template <class Clock>
    Instant<Clock> instant(const char* name) {
        return {integer<std::int64_t>(name, -kEnd<Clock>, kEnd<Clock>)};
    }

  private:
    const json::object& object_;
    std::string& complaint_;
};

json::object line_object(const BoundedLine& line) {
    return {{"raw_ns", line.line.anchor.ns},
            {"cluster_ns", line.line.cluster_at_anchor.ns},
            {"rate", line.line.rate},
            {"bound_ns", line.bound.count()},
            {"bound_growth", line.bound_growth},
            {"sigma_ns", line.sigma.count()},
            {"rate_sigma", line.rate_sigma}};
}

BoundedLine line_of(const json::object& object, std::string& complaint) {
    Fields fields(object, complaint);
    BoundedLine line;
    line.line.anchor = fields.instant<RawClock>("raw_ns");
    line.line.cluster_at_anchor = fields.instant<ClusterClock>("cluster_ns");
    line.line.rate = fields.rate("rate");
    line.bound = fields.duration("bound_ns");
    line.bound_growth = fields.real("bound_growth", 0, 1);
    line.sigma = fields.duration("sigma_ns");
    line.rate_sigma = fields.real("rate_sigma", 0, 1);
    return line;
}

std::vector<std::string> roster_of(const json::value& value, Fields& fields) {
    std::vector<std::string> roster;
    if (!value.is_array() || value.get_array().size() > kMaxRoster) {
        fields.complain("roster", "a list of at most 10000 names");
        return roster;
    }
    for (const json::value& name : value.get_array()) {
        if (!name.is_string() || !valid_name(std::string_view(name.get_string()))) {
            fields.complain("roster", "a list of node names");
            return roster;
        }
        roster.emplace_back(name.get_string());
    }
    return roster;
}

json::object election_object(const ElectionMemory& memory) {
    return {
        {"term", memory.term}, {"vote", memory.vote.value}, {"promise_ns", memory.promise.count()}};
}

ElectionMemory election_of(const json::object& object, std::string& complaint) {
    Fields fields(object, complaint);
    ElectionMemory memory;
    memory.term = fields.integer<std::uint64_t>("term", 0, kLastTerm);
    memory.vote.value = fields.integer<std::uint64_t>("vote", 0, UINT64_MAX);
    memory.promise = fields.duration("promise_ns");
    return memory;
}

json::object move_object(const Move& move) {
    return {{"term", move.id.term},
            {"epoch", move.id.epoch},
            {"at_ns", move.at.ns},
            {"by_ns", move.by.count()},
            {"step", move.way == MoveWay::step},
            {"decided", move.decided}};
}

Move move_of(const json::object& object, std::string& complaint) {
    Fields fields(object, complaint);
    Move move;
    move.id.term = fields.integer<std::uint64_t>("term", 0, kLastTerm);
    move.id.epoch = fields.integer<std::uint64_t>("epoch", 0, kLastTerm);
    move.at = fields.instant<ClusterClock>("at_ns");
    move.by = Duration{fields.integer<std::int64_t>("by_ns", -kLongestNs, kLongestNs)};
    move.way = fields.truth("step") ? MoveWay::step : MoveWay::slew;
    move.decided = fields.truth("decided");
    return move;
}

json::object calendar_object(const Calendar& calendar) {
    json::object object{{"leaps", calendar.leaps}, {"guided", calendar.guided}};
    if (calendar.coming) {
        object["leap_midnight_ns"] = calendar.coming->midnight.ns;
        object["leap_inserted"] = calendar.coming->inserted;
    }
    if (calendar.tai_s)
        object["tai_s"] = *calendar.tai_s;
    return object;
}

Calendar calendar_of(const json::object& object, std::string& complaint) {
    Fields fields(object, complaint);
    Calendar calendar;
    calendar.leaps = fields.integer<std::int8_t>("leaps", -128, 127);
    calendar.guided = fields.truth("guided");
    if (fields.present("leap_midnight_ns") != nullptr)
        calendar.coming =
            LeapSecond{{fields.integer<std::int64_t>("leap_midnight_ns", 0, kEnd<ClusterClock>)},
                       fields.truth("leap_inserted")};
    if (fields.present("tai_s") != nullptr)
        calendar.tai_s = fields.integer<std::int16_t>("tai_s", 1, 999);
    return calendar;
}

SavedState state_of(const json::object& object, const RawClockIdentity& clock,
                    std::string& complaint) {
    Fields fields(object, complaint);
    SavedState state;
    const int version = fields.integer<int>("version", 0, 1'000'000);
    if (version < 1 || version > kStateVersion) {
        fields.complain("version", "1 or 2, which this program knows");
        return state;
    }
    const bool same_source = fields.text("clocksource") == clock.clocksource;
    const bool same_boot = fields.text("boot_id") == clock.boot_id && !clock.boot_id.empty();
    state.term = fields.integer<std::uint64_t>("term", 0, kLastTerm);
    state.epoch = fields.integer<std::uint64_t>("epoch", 0, kLastTerm);
    state.floor = fields.instant<SystemClock>("floor_ns");
    state.suspended = fields.duration("suspended_ns");
    if (fields.present("oscillator") != nullptr)
        state.oscillator = fields.integer<std::uint64_t>("oscillator", 0, UINT64_MAX);
    if (const json::value* roster = fields.present("roster")) {
        state.roster = roster_of(*roster, fields);
    }
    if (const json::value* election = fields.present("election")) {
        if (!election->is_object()) {
            fields.complain("election", "an object");
            return state;
        }
        state.election = election_of(election->get_object(), complaint);
    }
    if (const json::value* move = fields.present("move")) {
        if (!move->is_object()) {
            fields.complain("move", "an object");
            return state;
        }
        state.move = move_of(move->get_object(), complaint);
    }
    if (const json::value* calendar = fields.present("calendar")) {
        if (!calendar->is_object()) {
            fields.complain("calendar", "an object");
            return state;
        }
        state.calendar = calendar_of(calendar->get_object(), complaint);
    }
    if (fields.present("rate") != nullptr) {
        const double rate = fields.rate("rate");
        if (same_source && (same_boot || clock.clocksource != "tsc"))
            state.rate = rate;
    }
    if (const json::value* line = fields.present("line")) {
        if (!line->is_object()) {
            fields.complain("line", "an object");
            return state;
        }
        const BoundedLine saved = line_of(line->get_object(), complaint);
        if (same_source && same_boot)
            state.line = saved;
    }
    return state;
}

}  // namespace

std::string format_state(const SavedState& state, const RawClockIdentity& clock) {
    json::object object{{"version", kStateVersion},
                        {"boot_id", clock.boot_id},
                        {"clocksource", clock.clocksource},
                        {"term", state.term},
                        {"epoch", state.epoch},
                        {"floor_ns", state.floor.ns},
                        {"suspended_ns", state.suspended.count()},
                        {"oscillator", state.oscillator}};
    object["rate"] = state.rate ? json::value(*state.rate) : json::value(nullptr);
    object["line"] = state.line ? json::value(line_object(*state.line)) : json::value(nullptr);
    if (state.election != ElectionMemory{})
        object["election"] = election_object(state.election);
    if (state.move)
        object["move"] = move_object(*state.move);
    if (state.calendar != Calendar{})
        object["calendar"] = calendar_object(state.calendar);
    json::array roster;
    for (const std::string& name : state.roster)
        roster.emplace_back(name);
    object["roster"] = std::move(roster);
    return json::serialize(object) + "\n";
}

tl::expected<SavedState, std::string> parse_state(std::string_view text,
                                                  const RawClockIdentity& clock) {
    const auto object = parse_json_object(text, kMaxStateSize, kMaxStateDepth);
    if (!object)
        return tl::unexpected(object.error());
    std::string complaint;
    SavedState state = state_of(*object, clock, complaint);
    if (!complaint.empty())
        return tl::unexpected(complaint);
    return state;
}

}  // namespace berkeley
