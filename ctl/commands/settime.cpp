#include <ctime>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/commands/time_input.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

namespace json = boost::json;

std::int64_t number_in(const json::object& reply, std::string_view key) {
    const json::value* value = reply.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

// So many that the two times do not read the same.
int decimals_for(std::int64_t by_ns) {
    const std::int64_t size = by_ns < 0 ? -by_ns : by_ns;
    return size >= 1'000'000'000 || size == 0 ? 0 : size >= 1'000'000 ? 3 : size >= 1000 ? 6 : 9;
}

std::string plan_text(const json::object& reply, bool dry_run) {
    const std::int64_t by = number_in(reply, "by_ns");
    const std::int64_t at = number_in(reply, "at_ns");
    const std::int64_t settling = number_in(reply, "settling_ns");
    std::string text = fmt::format(
        "cluster time {} by {} in {}, from {} to {}: all nodes {} at one instant, and epoch {} "
        "begins\n",
        dry_run ? "would move" : "moves", signed_time(by), plain_time(number_in(reply, "in_ns")),
        date_text(at, decimals_for(by)), date_text(at + by, decimals_for(by)),
        string_in(reply, "way") == "step" ? "step their clocks" : "begin to slew their clocks",
        number_in(reply, "epoch"));
    if (settling > 0)
        text += fmt::format("to slew takes about {}\n", lasting(settling / 1'000'000'000));
    for (const std::string& warning : strings_in(reply, "warnings"))
        text += "note: " + warning + "\n";
    if (!dry_run)
        text +=
            "'berkeleyctl status' shows who knows of it; until 5 s before, 'berkeleyctl settime "
            "--cancel' calls it off\n";
    return text;
}

ExitCode move(const Context& context, json::object parameters, bool dry_run) {
    parameters["dry_run"] = dry_run;
    return tell_daemon(context, "SetTime", std::move(parameters),
                       [dry_run](const json::object& reply) { return plan_text(reply, dry_run); });
}

}  // namespace

ExitCode settime_command(const Context& context, const SetTimeOptions& options) {
    if (options.cancel) {
        return tell_daemon(context, "RecallMove", {}, [](const json::object&) {
            return std::string("the move of cluster time is called off\n");
        });
    }
    const auto wanted = read_time(options.time, std::time(nullptr));
    if (!wanted) {
        print_error(wanted.error());
        return ExitCode::usage;
    }
    json::object parameters;
    if (wanted->to_ns)
        parameters["to_ns"] = *wanted->to_ns;
    else
        parameters["by_ns"] = *wanted->by_ns;
    if (options.step || options.slew)
        parameters["way"] = options.step ? "step" : "slew";
    return move(context, std::move(parameters), options.dry_run);
}

ExitCode step_all_command(const Context& context) {
    return tell_daemon(
        context, "SetTime", {{"by_ns", 0}, {"way", "step"}}, [](const json::object& reply) {
            return fmt::format(
                "in {} all nodes step their clocks onto cluster time, at one instant; epoch {} "
                "begins\n",
                plain_time(number_in(reply, "in_ns")), number_in(reply, "epoch"));
        });
}

}  // namespace berkeley::ctl
