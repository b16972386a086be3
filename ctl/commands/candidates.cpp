#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

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

using Row = std::array<std::string, 4>;

Row row_of(const boost::json::object& candidate) {
    const boost::json::value* holds = candidate.if_contains("holds");
    const std::string held = holds != nullptr && holds->is_int64()
                                 ? fmt::format("roster {}", holds->get_int64())
                                 : "not heard";
    return {printable(string_in(candidate, "node")), printable(string_in(candidate, "address")),
            key_id_of(candidate), held};
}

std::vector<Row> rows_of(const boost::json::object& roster) {
    std::vector<Row> rows{{"CANDIDATE", "ADDRESS", "KEY", "HOLDS"}};
    const auto* nodes = roster.if_contains("nodes");
    if (nodes == nullptr || !nodes->is_array())
        return rows;
    for (const boost::json::value& each : nodes->get_array()) {
        if (each.is_object())
            rows.push_back(row_of(each.get_object()));
    }
    return rows;
}

// Where a terminal is too narrow the keys are left out, and then the addresses.
std::string table(const std::vector<Row>& rows, const Style& style) {
    std::array<std::size_t, 4> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths.at(i) =
                std::max(widths.at(i), columns(row.at(i)) + (i + 1 < row.size() ? 2 : 0));
    }
    for (const std::size_t dispensable : {2U, 1U}) {
        const std::size_t whole = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
        if (style.terminal && whole > style.width)
            widths.at(dispensable) = 0;
    }
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            line += widths.at(i) > 0 ? pad_right(row.at(i), widths.at(i)) : "";
        line += row.back();
        text += (&row == &rows.front() ? style.paint(Tone::faint, line) : line) + "\n";
    }
    return text;
}

}  // namespace

std::string roster_text(const boost::json::object& roster, const Style& style) {
    std::string text;
    if (const auto* serial = roster.if_contains("serial"); serial != nullptr && serial->is_int64())
        text += fmt::format("Roster {}\n", serial->get_int64());
    text += table(rows_of(roster), style);
    std::string sentences;
    if (const std::string proposed = proposal_text(roster); !proposed.empty())
        sentences += "Proposed: " + proposed + "\n";
    for (const std::string& each : strings_in(roster, "awaited"))
        sentences += each + "\n";
    for (const char* key : {"outcome", "note"}) {
        const std::string sentence = printable(string_in(roster, key));
        if (!sentence.empty())
            sentences += sentence + "\n";
    }
    return text + prose(sentences, style);
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
        print(roster_text(roster->get_object(), context.style));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
