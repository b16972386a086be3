#include "daemon/platform/whole_file.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/platform/file_descriptor.hpp"

namespace berkeley {

namespace {

bool write_whole(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// A file system that has no such thing for folders says EINVAL: there is no more to be done.
bool flush_folder(const std::filesystem::path& folder) {
    const FileDescriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd && (fsync(fd.get()) == 0 || errno == EINVAL || errno == ENOTSUP);
}

}  // namespace

tl::expected<std::optional<std::string>, int> read_whole(const std::filesystem::path& file,
                                                         std::size_t most) {
    const FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd && errno == ENOENT)
        return std::nullopt;
    if (!fd)
        return tl::unexpected(errno);
    std::string text(most + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = read(fd.get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tl::unexpected(errno);
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

tl::expected<void, int> replace_whole(const std::filesystem::path& file, std::string_view text,
                                      mode_t mode) {
    std::filesystem::path fresh = file;
    fresh += ".new";
    unlink(fresh.c_str());  // what a crash left may be readable by others
    {
        const FileDescriptor fd(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!fd)
            return tl::unexpected(errno);
        if (!write_whole(fd.get(), text) || fsync(fd.get()) != 0) {
            const int error = errno;
            unlink(fresh.c_str());
            return tl::unexpected(error);
        }
    }
    if (std::rename(fresh.c_str(), file.c_str()) != 0 || !flush_folder(file.parent_path()))
        return tl::unexpected(errno);
    return {};
}

}  // namespace berkeley
