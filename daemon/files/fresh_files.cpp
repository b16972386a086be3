#include "daemon/files/fresh_files.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/files/daemon_user.hpp"
#include "daemon/files/reading.hpp"

namespace berkeley {
namespace {

namespace fs = std::filesystem;

tl::unexpected<FileError> cannot_write(const fs::path& file, int cause) {
    const std::string_view advice = cause == EEXIST ? ": it is never overwritten; move it away "
                                                      "first if it is not wanted any more"
                                    : cause == EACCES || cause == EPERM ? ": do this as root"
                                                                        : "";
    return tl::unexpected(FileError{
        cause, fmt::format("cannot make {}: {}{}", file.string(), words_of(cause), advice)});
}

// 0, or an errno.
int write_whole(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : ENOSPC;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

// 0, or an errno.
int give_to_daemon(int fd) {
    const auto user = geteuid() == 0 ? daemon_user() : std::nullopt;
    return !user || fchown(fd, user->uid, user->gid) == 0 ? 0 : errno;
}

// 0, or an errno. fchmod(2), because the umask may have taken the owner's rights; and last, so that
// nobody reads what is not his yet.
int fill(int fd, std::string_view text, Access access) {
    int cause = write_whole(fd, text);
    if (cause == 0 && !text.ends_with('\n'))
        cause = write_whole(fd, "\n");
    if (cause == 0 && access == Access::daemon_only)
        cause = give_to_daemon(fd);
    if (cause == 0 && fchmod(fd, access == Access::daemon_only ? 0600 : 0644) != 0)
        cause = errno;
    if (cause == 0 && fsync(fd) != 0)
        cause = errno;
    return cause;
}

fs::path folder_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : ".";
}

// As well as it goes: some file systems cannot, and then there is nothing to be done.
void flush_folder(const fs::path& folder) {
    const OpenFile opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened)
        fsync(opened.fd());
}

}  // namespace

FreshFiles::~FreshFiles() {
    for (const Entry& entry : entries_) {
        unlink(entry.beside.c_str());
        if (entry.placed && !done_)
            unlink(entry.file.c_str());
    }
    if (done_)
        return;
    for (const fs::path& folder : folders_)
        rmdir(folder.c_str());
}

tl::expected<void, FileError> FreshFiles::need_folder(const fs::path& folder) {
    if (mkdir(folder.c_str(), 0755) == 0)
        folders_.push_back(folder);
    else if (errno != EEXIST)
        return cannot_write(folder, errno);
    return {};
}

tl::expected<void, FileError> FreshFiles::add(const fs::path& file, std::string_view text,
                                              Access access) {
    struct stat there{};
    if (lstat(file.c_str(), &there) == 0)
        return cannot_write(file, EEXIST);
    if (auto folder = need_folder(folder_of(file)); !folder)
        return folder;
    std::string beside = (folder_of(file) / ("." + file.filename().string() + ".XXXXXX")).string();
    const OpenFile opened(mkostemp(beside.data(), O_CLOEXEC));
    if (!opened)
        return cannot_write(file, errno);
    entries_.push_back({file, beside});
    if (const int cause = fill(opened.fd(), text, access); cause != 0)
        return cannot_write(file, cause);
    return {};
}

// By link(2), which never replaces what is there.
tl::expected<void, FileError> FreshFiles::place() {
    for (Entry& entry : entries_) {
        if (link(entry.beside.c_str(), entry.file.c_str()) != 0)
            return cannot_write(entry.file, errno);
        entry.placed = true;
    }
    for (const Entry& entry : entries_)
        flush_folder(folder_of(entry.file));
    done_ = true;
    return {};
}

}  // namespace berkeley
