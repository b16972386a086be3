#include "daemon/control/service.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "daemon/control/answers.hpp"
#include "daemon/control/encode.hpp"
#include "daemon/control/interface.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr milliseconds kWatchDefault{1000};
// Shorter ones would let watchers take the processor from the clock's own work.
constexpr milliseconds kWatchShortest{50};
constexpr milliseconds kWatchLongest{60'000};

constexpr std::array<std::string_view, 6> kReading{"Status",      "Members",  "Tracking",
                                                   "Invitations", "Enrolled", "Candidates"};
constexpr std::array<std::string_view, 12> kChanging{"Poll",   "Step",     "SetTime", "RecallMove",
                                                     "Form",   "Handover", "Reload",  "SetLogLevel",
                                                     "Invite", "Revoke",   "Promote", "Retire"};

json::object info() {
    return {{"vendor", "berkeleyd"},
            {"product", "berkeleyd"},
            {"version", program_version()},
            {"url", "man:berkeleyd(8)"},
            {"interfaces", json::array{kServiceInterface, kControlInterface}}};
}

}  // namespace

Answer ControlService::answer(const varlink::Call& call, const Caller& caller) {
    const std::string_view full = call.method;
    const auto dot = full.rfind('.');
    const std::string_view interface = full.substr(0, dot == full.npos ? 0 : dot);
    const std::string_view method = dot == full.npos ? full : full.substr(dot + 1);
    Answer answer;
    if (interface == kServiceInterface)
        answer = answer_service(method, call);
    else if (interface == kControlInterface)
        answer = answer_control(method, call, caller);
    else
        answer = error("InterfaceNotFound", {{"interface", interface}});
    if (call.oneway)
        return {};
    return answer;
}

Answer ControlService::answer_service(std::string_view method, const varlink::Call& call) {
    if (method == "GetInfo") {
        const auto unknown = stranger(call.parameters, {});
        return unknown ? invalid(*unknown) : good(info());
    }
    if (method != "GetInterfaceDescription")
        return error("MethodNotFound", {{"method", method}});
    if (const auto unknown = stranger(call.parameters, {"interface"}))
        return invalid(*unknown);
    const json::value* interface = call.parameters.if_contains("interface");
    if (interface == nullptr || !interface->is_string())
        return invalid("interface");
    const std::string_view name = interface->get_string();
    if (name == kServiceInterface)
        return good({{"description", service_description()}});
    if (name == kControlInterface)
        return good({{"description", control_description()}});
    return error("InterfaceNotFound", {{"interface", name}});
}

Answer ControlService::answer_control(std::string_view method, const varlink::Call& call,
                                      const Caller& caller) {
    if (method == "Watch")
        return watch(call);
    if (std::ranges::find(kChanging, method) != kChanging.end())
        return change(method, call, caller);
    if (std::ranges::find(kReading, method) == kReading.end())
        return error("MethodNotFound", {{"method", method}});
    if (const auto unknown = stranger(call.parameters, {}))
        return invalid(*unknown);
    if (method == "Status")
        return good({{"status", encode(source_.status())}});
    if (method == "Members")
        return good({{"members", encode(source_.members())}});
    if (method == "Invitations")
        return invitations();
    if (method == "Enrolled")
        return enrolled();
    if (method == "Candidates")
        return candidates();
    const Tracking tracking = source_.tracking();
    return good({{"tracking", encode(tracking, source_.host_raw_ns())}});
}

Answer ControlService::watch(const varlink::Call& call) {
    if (const auto unknown = stranger(call.parameters, {"interval_ms"}))
        return invalid(*unknown);
    milliseconds interval = kWatchDefault;
    const json::value* given = call.parameters.if_contains("interval_ms");
    if (given != nullptr && !given->is_null()) {
        if (!given->is_int64() || given->get_int64() < kWatchShortest.count() ||
            given->get_int64() > kWatchLongest.count())
            return invalid("interval_ms");
        interval = milliseconds(given->get_int64());
    }
    if (!call.more)
        return error("ExpectedMore", {});
    return {watch_update(), interval};
}

Answer ControlService::change(std::string_view method, const varlink::Call& call,
                              const Caller& caller) {
    if (!caller.may_change) {
        operations_.refused(caller, method);
        return error("PermissionDenied", {});
    }
    if (method == "SetLogLevel")
        return set_log_level(call, caller);
    if (method == "Invite")
        return invite(call, caller);
    if (method == "Revoke")
        return revoke(call, caller);
    if (method == "Promote")
        return promote(call, caller);
    if (method == "Retire")
        return retire(call, caller);
    if (method == "Handover")
        return hand_over(call, caller);
    if (method == "SetTime")
        return set_time(call, caller);
    if (const auto unknown = stranger(call.parameters, {}))
        return invalid(*unknown);
    if (method == "RecallMove")
        return recall_move(caller);
    if (method == "Form")
        return form(caller);
    if (method == "Reload")
        return reload(caller);
    if (method == "Poll") {
        const auto asked = operations_.poll(caller);
        return asked ? good({{"nodes", static_cast<std::int64_t>(*asked)}})
                     : not_possible(asked.error());
    }
    const auto stepped = operations_.step(caller);
    return stepped ? good({{"stepped_ns", stepped->count()}}) : not_possible(stepped.error());
}

Answer ControlService::hand_over(const varlink::Call& call, const Caller& caller) {
    if (const auto unknown = stranger(call.parameters, {"node"}))
        return invalid(*unknown);
    std::string to;
    const json::value* node = call.parameters.if_contains("node");
    if (node != nullptr && !node->is_null()) {
        if (!node->is_string() || !valid_name(std::string_view(node->get_string())))
            return invalid("node");
        to = std::string(node->get_string());
    }
    const auto master = operations_.hand_over(caller, to);
    return master ? good({{"master", *master}}) : not_possible(master.error());
}

Answer ControlService::reload(const Caller& caller) {
    const auto reloaded = operations_.reload(caller);
    if (!reloaded) {
        return control_error("InvalidConfiguration",
                             {{"errors", json::value_from(reloaded.error())}});
    }
    return good({{"taken_over", json::value_from(reloaded->taken_over)},
                 {"needs_restart", json::value_from(reloaded->needs_restart)}});
}

Answer ControlService::set_log_level(const varlink::Call& call, const Caller& caller) {
    if (const auto unknown = stranger(call.parameters, {"level"}))
        return invalid(*unknown);
    const json::value* level = call.parameters.if_contains("level");
    if (level == nullptr || !level->is_string())
        return invalid("level");
    const auto known = std::ranges::find(kLogLevels, std::string_view(level->get_string()));
    if (known == kLogLevels.end())
        return invalid("level");
    operations_.set_log_level(caller,
                              log_level(static_cast<std::size_t>(known - kLogLevels.begin())));
    return good({});
}

varlink::Reply ControlService::watch_update() {
    json::object parameters{{"status", encode(source_.status())},
                            {"members", encode(source_.members())}};
    return {std::move(parameters), true, std::nullopt};
}

}  // namespace berkeley
