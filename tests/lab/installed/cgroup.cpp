#include "tests/lab/installed/cgroup.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <unistd.h>

#include "tests/system/support/waiting.hpp"

namespace berkeley::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "berkeleyd-installed-";  // and the test's process number

struct Hierarchy {
    fs::path mounted_at;
    std::string own_prefix;  // of our line in /proc/self/cgroup
};

// cgroup2, and beside it, on older layouts, systemd's own.
std::vector<Hierarchy> hierarchies() {
    std::vector<Hierarchy> found;
    std::ifstream mounts("/proc/self/mounts");
    std::string line;
    while (std::getline(mounts, line)) {
        std::string device;
        std::string folder;
        std::string type;
        std::string options;
        std::istringstream(line) >> device >> folder >> type >> options;
        if (type == "cgroup2")
            found.push_back({folder, "0::"});
        else if (type == "cgroup" && options.find("name=systemd") != std::string::npos)
            found.push_back({folder, ":name=systemd:"});
    }
    return found;
}

fs::path own_group(const Hierarchy& hierarchy) {
    std::ifstream groups("/proc/self/cgroup");
    std::string line;
    while (std::getline(groups, line)) {
        const auto at = line.find(hierarchy.own_prefix);
        if (at != std::string::npos)
            return hierarchy.mounted_at.string() + line.substr(at + hierarchy.own_prefix.size());
    }
    return hierarchy.mounted_at;
}

// Below it, the deepest first, and it.
std::vector<fs::path> whole_tree(const fs::path& folder) {
    std::vector<fs::path> all{folder};
    std::error_code gone;
    for (fs::recursive_directory_iterator at(folder, gone), end; !gone && at != end;
         at.increment(gone)) {
        if (at->is_directory(gone))
            all.push_back(at->path());
    }
    std::reverse(all.begin(), all.end());
    return all;
}

bool remove_tree(const fs::path& folder) {
    for (const fs::path& group : whole_tree(folder)) {
        std::ifstream processes(group / "cgroup.procs");
        for (pid_t pid = 0; processes >> pid;)
            kill(pid, SIGKILL);
        rmdir(group.c_str());
    }
    return !fs::exists(folder);
}

// What tests that were killed have left.
void remove_stale(const fs::path& below) {
    std::error_code gone;
    for (const auto& group : fs::directory_iterator(below, gone)) {
        const std::string name = group.path().filename();
        const bool stale = name.starts_with(kName) &&
                           !fs::exists("/proc/" + name.substr(std::string_view(kName).size()));
        if (stale)
            remove_tree(group.path());
    }
}

}  // namespace

Cgroup::Cgroup() {
    for (const Hierarchy& hierarchy : hierarchies()) {
        const fs::path own = own_group(hierarchy);
        remove_stale(own);
        const fs::path folder = own / fmt::format("{}{}", kName, getpid());
        if (!fs::create_directory(folder))
            throw std::runtime_error(fmt::format("{} exists already", folder.string()));
        folders_.push_back(folder);
    }
}

Cgroup::~Cgroup() {
    for (const fs::path& folder : folders_)
        wait_until(Seconds{10}, [&folder] { return remove_tree(folder); });
}

std::string Cgroup::enter() const {
    std::string commands;
    for (const fs::path& folder : folders_)
        commands += fmt::format("echo $$ >'{}/cgroup.procs' && ", folder.string());
    return commands + ":";
}

}  // namespace berkeley::test
