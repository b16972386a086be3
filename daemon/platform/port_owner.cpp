#include "daemon/platform/port_owner.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace berkeley {

namespace {

namespace fs = std::filesystem;

std::string whole_file(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool has_any_socket(const fs::path& process, const std::vector<std::string>& sockets) {
    std::error_code error;
    for (fs::directory_iterator at(process / "fd", error), end; !error && at != end;
         at.increment(error)) {
        std::error_code gone;
        const std::string target = fs::read_symlink(at->path(), gone).string();
        if (!gone && std::find(sockets.begin(), sockets.end(), target) != sockets.end())
            return true;
    }
    return false;
}

std::string name_of_process(const fs::path& process) {
    std::string name = whole_file(process / "comm");
    if (!name.empty() && name.back() == '\n')
        name.pop_back();
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
    return name;
}

}  // namespace

std::string udp_port_owner(std::uint16_t port) {
    std::vector<std::string> sockets;
    for (const char* table : {"/proc/net/udp", "/proc/net/udp6"}) {
        for (const std::uint64_t inode : inodes_on_port(whole_file(table), port))
            sockets.push_back(fmt::format("socket:[{}]", inode));
    }
    if (sockets.empty())
        return {};
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
        const std::string pid = at->path().filename().string();
        const bool is_process = std::all_of(pid.begin(), pid.end(),
                                            [](unsigned char c) { return std::isdigit(c) != 0; });
        if (is_process && has_any_socket(at->path(), sockets))
            return fmt::format("{} (pid {})", name_of_process(at->path()), pid);
    }
    return {};
}

// Columns, by white space: 1 is the local address as "0100007F:291D", 9 the inode.
std::vector<std::uint64_t> inodes_on_port(std::string_view proc_net_udp, std::uint16_t port) {
    const std::string wanted = fmt::format(":{:04X}", port);
    std::vector<std::uint64_t> inodes;
    std::istringstream lines{std::string(proc_net_udp)};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        const std::vector<std::string> columns{std::istream_iterator<std::string>(words), {}};
        if (columns.size() < 10 || !columns[1].ends_with(wanted))
            continue;
        std::uint64_t inode = 0;
        const std::string& text = columns[9];
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), inode);
        if (parsed.ec == std::errc{} && inode != 0)
            inodes.push_back(inode);
    }
    return inodes;
}

}  // namespace berkeley
