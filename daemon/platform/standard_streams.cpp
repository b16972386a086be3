#include "daemon/platform/standard_streams.hpp"

#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace berkeley {

void secure_standard_streams() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (fcntl(fd, F_GETFD) < 0)
            static_cast<void>(open("/dev/null", O_RDWR));  // takes the least number that is free
    }
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): it cannot fail
}

// A pipe that is ready takes PIPE_BUF bytes, more than a line of ours, without waiting.
void write_to_stderr(std::string_view line) {
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0)
        static_cast<void>(write(STDERR_FILENO, line.data(), line.size()) <
                          0);  // nobody to tell when it fails
}

}  // namespace berkeley
