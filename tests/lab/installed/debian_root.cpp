#include "tests/lab/installed/debian_root.hpp"

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/utsname.h>

#include "tests/system/support/process.hpp"

namespace berkeley::test {
namespace {

namespace fs = std::filesystem;

const fs::path kBuild = fs::path(BERKELEYD_SOURCE_DIR) / "build";
constexpr Seconds kDownloadLimit{600};

// The first of several alternatives.
std::vector<std::string> dependencies_of(const fs::path& deb) {
    std::istringstream list(run_well({"dpkg-deb", "-f", deb, "Depends"}));
    std::vector<std::string> names;
    for (std::string item; std::getline(list, item, ',');) {
        std::string name;
        std::istringstream(item) >> name;
        if (!name.empty())
            names.push_back(name);
    }
    return names;
}

// Files that apt reads its sources from.
std::vector<std::string> apt_sources() {
    std::vector<std::string> files;
    if (fs::exists("/etc/apt/sources.list"))
        files.emplace_back("/etc/apt/sources.list");
    std::error_code none;
    for (const auto& file : fs::directory_iterator("/etc/apt/sources.list.d", none)) {
        const auto ending = file.path().extension();
        if (ending == ".list" || ending == ".sources")
            files.push_back(file.path());
    }
    return files;
}

FileDescriptor locked(const fs::path& file) {
    FileDescriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock || flock(lock.get(), LOCK_EX) != 0)
        throw std::runtime_error(fmt::format("cannot lock {}", file.string()));
    return lock;
}

fs::path newest_package(std::string_view start, std::string_view ending) {
    fs::path newest;
    std::error_code none;
    for (const auto& file : fs::directory_iterator(kBuild / "packages", none)) {
        const std::string name = file.path().filename();
        const bool ours = name.starts_with(start) && name.ends_with(ending);
        if (ours && (newest.empty() || fs::last_write_time(newest) < file.last_write_time()))
            newest = file.path();
    }
    return newest;
}

}  // namespace

fs::path built_deb() {
    return newest_package("berkeleyd_", ".deb");
}

fs::path built_rpm() {
    utsname machine{};
    uname(&machine);
    return newest_package("berkeleyd-", fmt::format(".{}.rpm", machine.machine));
}

tl::expected<fs::path, std::string> debian_root_for(const fs::path& deb,
                                                    const std::vector<std::string>& and_packages) {
    std::vector<std::string> packages{"systemd", "systemd-sysv", "dbus"};
    for (const std::string& name : dependencies_of(deb))
        packages.push_back(name);
    packages.insert(packages.end(), and_packages.begin(), and_packages.end());
    const std::string included = fmt::format("--include={}", fmt::join(packages, ","));

    fs::create_directories(kBuild / "lab");
    const fs::path root =
        kBuild / "lab" / fmt::format("debian-{:016x}.tar", std::hash<std::string>{}(included));
    const FileDescriptor lock = locked(kBuild / "lab" / "debian.lock");
    if (fs::exists(root))
        return root;
    // Without a suite mmdebstrap takes what the sources name.
    const fs::path unfinished = kBuild / "lab" / "unfinished.tar";
    Arguments command{"mmdebstrap", "--quiet", "--variant=minbase", included, "", unfinished};
    for (const std::string& file : apt_sources())
        command.push_back(file);
    const Outcome made = run(command, {}, kDownloadLimit);
    if (made.code != 0) {
        return tl::unexpected(fmt::format(
            "no Debian root can be made: mmdebstrap ended with {}: {}", made.code, made.err));
    }
    fs::rename(unfinished, root);
    return root;
}

}  // namespace berkeley::test
