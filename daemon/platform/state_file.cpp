#include "daemon/platform/state_file.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/file_descriptor.hpp"

namespace berkeley {

namespace {

// At most one byte more than a state may have, so that a longer one is told from it.
tl::expected<std::string, int> read_whole(int fd) {
    std::string text(kMaxStateSize + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = read(fd, text.data() + filled, text.size() - filled);
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

bool flush_folder(const std::filesystem::path& folder) {
    const FileDescriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd && fsync(fd.get()) == 0;
}

tl::unexpected<std::string> cannot_save(const std::filesystem::path& file, int error) {
    return tl::unexpected(fmt::format(
        "cannot save state to {}: {}; the next start will take longer. The folder must belong to "
        "the user that berkeleyd runs as",
        file.string(), error_text(error)));
}

}  // namespace

tl::expected<SavedState, std::string> load_state(const std::filesystem::path& file,
                                                 const RawClockIdentity& clock) {
    const FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd && errno == ENOENT)
        return SavedState{};
    const auto text =
        fd ? read_whole(fd.get()) : tl::expected<std::string, int>(tl::unexpect, errno);
    if (!text) {
        return tl::unexpected(fmt::format("cannot read the saved state {}: {}; starting without it",
                                          file.string(), error_text(text.error())));
    }
    auto state = parse_state(*text, clock);
    if (state)
        return state;
    return tl::unexpected(
        fmt::format("the saved state {} is not valid: {}; starting without it, and it will be "
                    "replaced",
                    file.string(), state.error()));
}

tl::expected<void, std::string> store_state(const std::filesystem::path& file,
                                            const SavedState& state,
                                            const RawClockIdentity& clock) {
    std::filesystem::path fresh = file;
    fresh += ".new";
    {
        const FileDescriptor fd(
            open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
        if (!fd)
            return cannot_save(file, errno);
        if (!write_whole(fd.get(), format_state(state, clock)) || fsync(fd.get()) != 0) {
            const int error = errno;
            unlink(fresh.c_str());
            return cannot_save(file, error);
        }
    }
    if (std::rename(fresh.c_str(), file.c_str()) != 0)
        return cannot_save(file, errno);
    if (!flush_folder(file.parent_path()))
        return cannot_save(file, errno);
    return {};
}

}  // namespace berkeley
