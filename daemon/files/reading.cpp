#include "daemon/files/reading.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/files/file_error.hpp"

namespace berkeley {
namespace {

constexpr int kPatienceMs = 2000;

}  // namespace

std::string words_of(int cause) {
    return std::generic_category().message(cause);
}

OpenFile::~OpenFile() {
    if (fd_ >= 0)
        close(fd_);
}

OpenFile open_to_read(const char* path) {
    return OpenFile(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

tl::expected<std::string, int> read_at_most(int fd, std::size_t most) {
    std::string text(most, '\0');
    std::size_t filled = 0;
    while (filled < most) {
        const ssize_t got = read(fd, text.data() + filled, most - filled);
        if (got == 0)
            break;
        if (got > 0) {
            filled += static_cast<std::size_t>(got);
            continue;
        }
        pollfd waiting{fd, POLLIN, 0};
        if (errno == EINTR || (errno == EAGAIN && poll(&waiting, 1, kPatienceMs) > 0))
            continue;
        return tl::unexpected(errno);
    }
    text.resize(filled);
    return text;
}

}  // namespace berkeley
