#include "daemon/platform/folder_lock.hpp"

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berkeley {
namespace {

// A line of /proc/locks (proc(5)): "1: FLOCK  ADVISORY  WRITE 708 08:01:1234 0 EOF". Its device is
// not looked at: not all file systems tell the same one there as fstat(2) does.
pid_t holder_in(const std::string& line, std::uint64_t inode) {
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string advisory;
    std::string access;
    pid_t pid = 0;
    std::string file;
    words >> number >> kind >> advisory >> access >> pid >> file;
    const bool is_it = words && kind == "FLOCK" && file.ends_with(fmt::format(":{}", inode));
    return is_it ? pid : 0;
}

std::string holder_of(int folder) {
    struct stat status{};
    std::ifstream locks("/proc/locks");
    std::string line;
    while (fstat(folder, &status) == 0 && std::getline(locks, line)) {
        const pid_t pid = holder_in(line, status.st_ino);
        std::string name;
        if (pid > 0 && std::getline(std::ifstream(fmt::format("/proc/{}/comm", pid)), name))
            return fmt::format("{} (pid {})", name, pid);
    }
    return "another process";
}

}  // namespace

tl::expected<FileDescriptor, std::string> lock_folder(const std::filesystem::path& folder) {
    FileDescriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        return FileDescriptor();
    if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (errno != EWOULDBLOCK)
        return FileDescriptor();
    return tl::unexpected(holder_of(fd.get()));
}

}  // namespace berkeley
