#include <algorithm>
#include <array>

#include "ctl/render/screens.hpp"
#include "ctl/render/units.hpp"

namespace berkeley::ctl {
namespace {

template <std::size_t columns_of_it>
using Row = std::array<std::string, columns_of_it>;

// The first row is the head. Two blanks between columns, none at the end.
template <std::size_t size>
std::string table(const std::vector<Row<size>>& rows, const Style& style) {
    std::array<std::size_t, size> widths{};
    for (const Row<size>& row : rows) {
        for (std::size_t i = 0; i + 1 < size; ++i)
            widths.at(i) = std::max(widths.at(i), columns(row.at(i)) + 2);
    }
    std::string text;
    for (const Row<size>& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < size; ++i)
            line += pad_right(row.at(i), widths.at(i));
        text += (&row == &rows.front() ? style.paint(Tone::faint, line) : line) + "\n";
    }
    return text;
}

std::string yes_or_no(std::optional<bool> truth) {
    if (!truth)
        return std::string(kUnknown);
    return *truth ? "yes" : "no";
}

std::string use_of(const InvitationView& invitation) {
    if (invitation.used_by)
        return "used by " + *invitation.used_by;
    return invitation.expires_s ? "open for " + lasting(*invitation.expires_s)
                                : std::string(kUnknown);
}

}  // namespace

std::string render_invitations(const std::vector<InvitationView>& invitations, const Style& style) {
    if (invitations.empty())
        return "no invitation is open: 'berkeleyctl invite' makes one\n";
    std::vector<Row<4>> rows{{"invitation", "votes", "candidate", "state"}};
    for (const InvitationView& each : invitations)
        rows.push_back({each.id, yes_or_no(each.votes), yes_or_no(each.candidate), use_of(each)});
    return table(rows, style);
}

std::string render_enrolled(const std::vector<EnrolledView>& nodes, const Style& style) {
    if (nodes.empty())
        return "nobody was let in here yet: 'berkeleyctl invite' makes an invitation\n";
    std::vector<Row<4>> rows{{"node", "votes", "state", "key"}};
    for (const EnrolledView& each : nodes)
        rows.push_back(
            {each.node, yes_or_no(each.votes), each.revoked ? "revoked" : "enrolled", each.key});
    return table(rows, style);
}

}  // namespace berkeley::ctl
