// The calls about who the candidates are.
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "daemon/control/answers.hpp"
#include "daemon/control/service.hpp"
#include "daemon/core/trust/text_form.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

json::value or_null(const std::string& text) {
    return text.empty() ? json::value() : json::value(text);
}

json::object encode(const CandidatesStatus::One& one) {
    return {{"node", one.name},
            {"address", one.address},
            {"key", to_text(one.key)},
            {"holds", one.holds ? json::value(*one.holds) : json::value()}};
}

json::object encode(const CandidatesStatus::Proposed& proposed) {
    return {{"what", proposed.what},
            {"signatures", static_cast<std::int64_t>(proposed.signatures)},
            {"needed", static_cast<std::int64_t>(proposed.needed)},
            {"waits_for", json::value_from(proposed.waits_for)}};
}

// Null is as good as left out.
const json::value* given(const varlink::Call& call, std::string_view key) {
    const json::value* value = call.parameters.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<NodeName> node_in(const varlink::Call& call) {
    const json::value* node = given(call, "node");
    if (node == nullptr || !node->is_string())
        return std::nullopt;
    return NodeName::from(std::string_view(node->get_string()));
}

// Nothing: what is given is neither true nor false.
std::optional<bool> flag_in(const varlink::Call& call, std::string_view key) {
    const json::value* flag = given(call, key);
    if (flag == nullptr)
        return false;
    return flag->is_bool() ? std::optional(flag->get_bool()) : std::nullopt;
}

Answer begun(const tl::expected<RosterSerial, std::string>& serial) {
    return serial ? good({{"serial", *serial}}) : not_possible(serial.error());
}

}  // namespace

Answer ControlService::candidates() {
    const CandidatesStatus status = source_.candidates();
    json::array list;
    for (const CandidatesStatus::One& each : status.candidates)
        list.push_back(encode(each));
    return good({{"candidates",
                  json::object{{"serial", status.serial},
                               {"in_force", status.in_force},
                               {"nodes", std::move(list)},
                               {"proposed", status.proposed ? json::value(encode(*status.proposed))
                                                            : json::value()},
                               {"awaited", json::value_from(status.awaited)},
                               {"outcome", or_null(status.outcome)},
                               {"note", or_null(status.note)}}}});
}

Answer ControlService::promote(const varlink::Call& call, const Caller& caller) {
    if (const auto unknown = stranger(call.parameters, {"node", "host", "port"}))
        return invalid(*unknown);
    const auto node = node_in(call);
    if (!node)
        return invalid("node");
    std::string host;
    if (const json::value* value = given(call, "host")) {
        if (!value->is_string() || value->get_string().empty() ||
            value->get_string().size() > kMaxHostLength)
            return invalid("host");
        host = std::string(value->get_string());
    }
    const json::value* value = given(call, "port");
    const bool is_port = value != nullptr && value->is_int64() && value->get_int64() > 0 &&
                         value->get_int64() <= UINT16_MAX;
    if (is_port == host.empty() || (value != nullptr && !is_port))
        return invalid("port");  // both are given, or neither
    const auto port = static_cast<std::uint16_t>(is_port ? value->get_int64() : 0);
    return begun(operations_.promote(caller, *node, host, port));
}

Answer ControlService::retire(const varlink::Call& call, const Caller& caller) {
    if (const auto unknown = stranger(call.parameters, {"node", "distrust", "force"}))
        return invalid(*unknown);
    const auto node = node_in(call);
    if (!node)
        return invalid("node");
    const auto distrust = flag_in(call, "distrust");
    if (!distrust)
        return invalid("distrust");
    const auto force = flag_in(call, "force");
    if (!force)
        return invalid("force");
    return begun(operations_.retire(caller, *node, *distrust, *force));
}

}  // namespace berkeley
