#include "daemon/platform/time_daemons.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace berkeley {

namespace {

namespace fs = std::filesystem;

// As /proc/PID/comm has them: cut to 15 characters.
constexpr std::array<std::string_view, 9> kPrograms = {"chronyd",         "ntpd",     "ntp-daemon",
                                                       "systemd-timesyn", "openntpd", "ptp4l",
                                                       "phc2sys",         "ts2phc",   "timed"};

constexpr std::array<std::string_view, 11> kUnits = {
    "chrony.service",   "chronyd.service",          "ntp.service",
    "ntpd.service",     "ntpsec.service",           "ntpd-rs.service",
    "ptp4l.service",    "phc2sys.service",          "ts2phc.service",
    "openntpd.service", "systemd-timesyncd.service"};

std::string first_line(const fs::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

bool is_number(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A unit that has processes: its control group says so, without naming them.
bool populated(const fs::path& group) {
    std::ifstream events(group / "cgroup.events");
    std::string key;
    int value = 0;
    while (events >> key >> value) {
        if (key == "populated")
            return value != 0;
    }
    return false;
}

}  // namespace

std::vector<std::string> running_time_daemons() {
    return running_time_daemons("/proc", "/sys/fs/cgroup");
}

std::vector<std::string> running_time_daemons(const fs::path& proc, const fs::path& groups) {
    std::vector<std::string> found;
    std::error_code error;
    for (fs::directory_iterator entry(proc, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string pid = entry->path().filename();
        if (!is_number(pid))
            continue;
        const std::string program = first_line(entry->path() / "comm");
        if (std::ranges::find(kPrograms, program) != kPrograms.end())
            found.push_back(fmt::format("{} (pid {})", program, pid));
    }
    if (!found.empty())
        return found;
    for (const std::string_view unit : kUnits) {
        if (populated(groups / "system.slice" / unit))
            found.emplace_back(unit);
    }
    return found;
}

}  // namespace berkeley
