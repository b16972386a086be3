// The screens: each a text of whole lines.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ctl/client/view.hpp"
#include "ctl/render/style.hpp"

namespace berkeley::ctl {

// Who this node is, who leads, how far off and how sure, what is wrong, what to do next. `members`
// may be empty: then only the counts tell of clocks that do not count.
std::string render_status(const StatusView& status, const std::vector<MemberView>& members,
                          const Style& style);

// The first line of every screen, naming node, state and a clock that is not the machine's own.
std::string render_title(const StatusView& status, const Style& style);

// A table; why a clock is not counted stands below its row. At most `most_lines` lines, the last
// of them telling how many members were left out; 0 for no limit.
std::string render_members(const std::vector<MemberView>& members, const Style& style,
                           std::size_t most_lines = 0);

std::string render_tracking(const TrackingView& tracking, const Style& style);

// Tables, and a sentence where there is nothing to show.
std::string render_invitations(const std::vector<InvitationView>& invitations, const Style& style);
std::string render_enrolled(const std::vector<EnrolledView>& nodes, const Style& style);

// A row for each host, and below it why there is no difference.
std::string render_differences(const std::vector<ClockDifferenceView>& views, const Style& style);

// The screen of `watch`: title, the clock in a line, members.
std::string render_watch(const StatusView& status, const std::vector<MemberView>& members,
                         const Style& style);

}  // namespace berkeley::ctl
