// The methods that move or form cluster time.
#include <boost/json.hpp>

#include "daemon/control/answers.hpp"
#include "daemon/control/encode.hpp"
#include "daemon/control/service.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFurthestNs = std::int64_t{1} << 60;  // as on the wire

// False if it is there and is none within the limits.
bool whole_number(const json::object& parameters, std::string_view name, std::int64_t least,
                  std::int64_t most, std::optional<std::int64_t>& number) {
    const json::value* value = parameters.if_contains(name);
    if (value == nullptr || value->is_null())
        return true;
    if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most)
        return false;
    number = value->get_int64();
    return true;
}

bool way_in(const json::object& parameters, std::optional<MoveWay>& way) {
    const json::value* value = parameters.if_contains("way");
    if (value == nullptr || value->is_null())
        return true;
    if (!value->is_string())
        return false;
    for (const MoveWay each : {MoveWay::slew, MoveWay::step}) {
        if (std::string_view(value->get_string()) == name_of(each))
            way = each;
    }
    return way.has_value();
}

}  // namespace

Answer ControlService::set_time(const varlink::Call& call, const Caller& caller) {
    const json::object& given = call.parameters;
    if (const auto unknown = stranger(given, {"to_ns", "by_ns", "way", "dry_run"}))
        return invalid(*unknown);
    std::optional<std::int64_t> to;
    std::optional<std::int64_t> by;
    if (!whole_number(given, "to_ns", 0, kEnd<ClusterClock> - 1, to))
        return invalid("to_ns");
    if (!whole_number(given, "by_ns", -kFurthestNs, kFurthestNs, by) ||
        to.has_value() == by.has_value())
        return invalid("by_ns");
    MoveWish wish;
    if (to)
        wish.to = ClusterTime{*to};
    wish.by = Duration{by.value_or(0)};
    if (!way_in(given, wish.way))
        return invalid("way");
    bool dry_run = false;
    if (const json::value* dry = given.if_contains("dry_run"); dry != nullptr && !dry->is_null()) {
        if (!dry->is_bool())
            return invalid("dry_run");
        dry_run = dry->get_bool();
    }
    const auto planned = operations_.set_time(caller, wish, dry_run);
    return planned ? good(encode(*planned)) : not_possible(planned.error());
}

Answer ControlService::recall_move(const Caller& caller) {
    const auto recalled = operations_.recall_move(caller);
    return recalled ? good({}) : not_possible(recalled.error());
}

Answer ControlService::form(const Caller& caller) {
    const auto forming = operations_.form(caller);
    return forming ? good({{"formed", forming->formed}, {"clocks", forming->here}})
                   : not_possible(forming.error());
}

}  // namespace berkeley
