#include "ctl/client/interrupt.hpp"

#include <csignal>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace berkeley::ctl {
namespace {

sigset_t handled(Interrupt::Scope scope) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    if (scope == Interrupt::Scope::terminal) {
        sigaddset(&set, SIGWINCH);
        sigaddset(&set, SIGTSTP);
    }
    return set;
}

}  // namespace

Interrupt::Interrupt(Scope scope) {
    const sigset_t set = handled(scope);
    fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ >= 0)
        sigprocmask(SIG_BLOCK, &set, nullptr);
}

// The signal stays blocked: one still pending would kill a program that is just ending well.
Interrupt::~Interrupt() {
    if (fd_ >= 0)
        close(fd_);
}

Interrupt::Kind Interrupt::take() {
    signalfd_siginfo info{};
    if (read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info))
        return Kind::none;
    switch (info.ssi_signo) {
        case SIGWINCH:
            return Kind::resize;
        case SIGTSTP:
            return Kind::suspend;
        default:
            return Kind::end;
    }
}

bool Interrupt::sleep(std::chrono::milliseconds time) const {
    pollfd waiting{fd_, POLLIN, 0};
    return poll(&waiting, 1, static_cast<int>(time.count())) > 0;
}

}  // namespace berkeley::ctl
