#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/commands/roster.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"

namespace berkeley::ctl {
namespace {

std::string key_id_of(const boost::json::object& candidate) {
    const auto key = parse_public_key(string_in(candidate, "key"));
    return key ? fingerprint(*key) : "?";
}

std::string line_of(const boost::json::object& candidate) {
    const boost::json::value* holds = candidate.if_contains("holds");
    const std::string held = holds != nullptr && holds->is_int64()
                                 ? fmt::format("roster {}", holds->get_int64())
                                 : "not heard";
    return fmt::format("{:<16} {:<28} {:<20} {}\n", string_in(candidate, "node"),
                       string_in(candidate, "address"), key_id_of(candidate), held);
}

}  // namespace

std::string roster_text(const boost::json::object& roster) {
    std::string text;
    if (const auto* serial = roster.if_contains("serial"); serial != nullptr && serial->is_int64())
        text += fmt::format("Roster {}\n", serial->get_int64());
    text += fmt::format("{:<16} {:<28} {:<20} {}\n", "CANDIDATE", "ADDRESS", "KEY", "HOLDS");
    if (const auto* nodes = roster.if_contains("nodes"); nodes != nullptr && nodes->is_array()) {
        for (const boost::json::value& each : nodes->get_array()) {
            if (each.is_object())
                text += line_of(each.get_object());
        }
    }
    const std::string proposed = proposal_text(roster);
    if (!proposed.empty())
        text += "Proposed: " + proposed + "\n";
    if (const auto* awaited = roster.if_contains("awaited");
        awaited != nullptr && awaited->is_array()) {
        for (const boost::json::value& each : awaited->get_array()) {
            if (each.is_string())
                text += printable(std::string_view(each.get_string())) + "\n";
        }
    }
    for (const char* key : {"outcome", "note"}) {
        const std::string sentence = printable(string_in(roster, key));
        if (!sentence.empty())
            text += sentence + "\n";
    }
    return text;
}

std::string proposal_text(const boost::json::object& roster) {
    const boost::json::value* proposed = roster.if_contains("proposed");
    if (proposed == nullptr || !proposed->is_object())
        return {};
    std::string text = printable(string_in(proposed->get_object(), "what"));
    const boost::json::value* waits = proposed->get_object().if_contains("waits_for");
    if (waits == nullptr || !waits->is_array())
        return text;
    for (const boost::json::value& each : waits->get_array()) {
        if (each.is_string())
            text += "; " + printable(std::string_view(each.get_string()));
    }
    return text;
}

ExitCode candidates_command(const Context& context) {
    const auto roster = fetch(context.socket, "Candidates", "candidates");
    if (!roster)
        return fail(roster.error());
    if (context.json)
        print_json(*roster);
    else if (roster->is_object())
        print(roster_text(roster->get_object()));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
