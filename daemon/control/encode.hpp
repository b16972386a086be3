// A node's account of itself as JSON, in the shapes that interface.cpp describes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "daemon/control/operations.hpp"
#include "daemon/core/node/status.hpp"

namespace berkeley {

std::string_view name_of(Role role);
std::string_view name_of(NodeState state);
std::string_view name_of(MemberState state);
std::string_view name_of(ClockMode mode);
std::string_view name_of(MoveWay way);
std::string_view name_of(Timescale timescale);

boost::json::object encode(const NodeStatus& status);
boost::json::object encode(const PlannedMove& planned);
boost::json::array encode(const std::vector<MemberStatus>& members);
boost::json::object encode(const Tracking& tracking, std::int64_t host_raw_ns);

}  // namespace berkeley
