#include "ctl/setup/token_input.hpp"

#include <cerrno>
#include <cstdio>
#include <optional>

#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/client/interrupt.hpp"
#include "daemon/files/reading.hpp"

namespace berkeley::ctl {
namespace {

// Room for what is too long to be told so.
constexpr std::size_t kMostRead = kLongestText + 64;

tl::unexpected<FileError> failure(int cause, std::string message) {
    return tl::unexpected(FileError{cause, std::move(message)});
}

// A terminal does not show what is typed while one exists.
class EchoOff {
  public:
    explicit EchoOff(int terminal) : terminal_(terminal) {
        termios now{};
        if (tcgetattr(terminal_, &now) != 0)
            return;
        before_ = now;
        now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(terminal_, TCSAFLUSH, &now);
    }
    ~EchoOff() {
        if (!before_)
            return;
        tcsetattr(terminal_, TCSAFLUSH, &*before_);
        fmt::print(stderr, "\n");
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;

  private:
    int terminal_;
    std::optional<termios> before_;
};

// One line. The memory that it stands in is given at once, so that no copy stays behind.
tl::expected<SecretText, FileError> read_line(int from, const Interrupt& interrupt) {
    std::string text;
    text.reserve(kMostRead);
    char c = 0;
    while (text.size() < kMostRead) {
        pollfd waiting[] = {{from, POLLIN, 0}, {interrupt.fd(), POLLIN, 0}};
        if (poll(waiting, 2, -1) < 0 && errno != EINTR)
            return failure(errno, "cannot wait for standard input: " + words_of(errno));
        if (waiting[1].revents != 0)
            return failure(EINTR, "interrupted; nothing is changed");
        const ssize_t got = waiting[0].revents != 0 ? read(from, &c, 1) : -1;
        if (got < 0 && waiting[0].revents != 0 && errno != EINTR && errno != EAGAIN)
            return failure(errno, "cannot read standard input: " + words_of(errno));
        if (got == 0 || (got == 1 && c == '\n' && !text.empty()))
            break;
        if (got == 1 && c != '\n')
            text += c;
    }
    return SecretText(std::move(text));
}

tl::expected<SecretText, FileError> read_file(const std::string& file) {
    const OpenFile opened = open_to_read(file.c_str());
    auto text = opened ? read_at_most(opened.fd(), kMostRead)
                       : tl::expected<std::string, int>(tl::unexpect, errno);
    if (!text)
        return failure(text.error(), fmt::format("cannot read the invitation from {}: {}", file,
                                                 words_of(text.error())));
    return SecretText(std::move(*text));
}

}  // namespace

tl::expected<SecretText, FileError> read_token(const std::string& file) {
    if (!file.empty())
        return read_file(file);
    const Interrupt interrupt;
    if (isatty(STDIN_FILENO) == 0)
        return read_line(STDIN_FILENO, interrupt);
    const EchoOff hidden(STDIN_FILENO);  // before anybody is asked to type
    fmt::print(stderr, "Paste the invitation (it is not shown): ");
    std::fflush(stderr);
    return read_line(STDIN_FILENO, interrupt);
}

}  // namespace berkeley::ctl
