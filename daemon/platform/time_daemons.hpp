// Which other programs that steer a clock run on this machine: for a message that names them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace berkeley {

// "chronyd (pid 123)", or "chrony.service" where we may not look at other users' processes. Known
// ones only; some milliseconds.
std::vector<std::string> running_time_daemons();

// The same, for trees that look like /proc and /sys/fs/cgroup.
std::vector<std::string> running_time_daemons(const std::filesystem::path& proc,
                                              const std::filesystem::path& control_groups);

}  // namespace berkeley
