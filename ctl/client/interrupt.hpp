// Ctrl-C as a descriptor to wait on, so that no moment is left in which it goes unseen.
#pragma once

#include <chrono>

namespace berkeley::ctl {

// While one exists, SIGINT, SIGTERM and SIGHUP do not kill but make fd() readable until they are
// taken. With `terminal` also a change of the window's size, and Ctrl-Z.
class Interrupt {
  public:
    enum class Scope { end, terminal };
    enum class Kind { none, end, resize, suspend };

    explicit Interrupt(Scope scope = Scope::end);
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    int fd() const { return fd_; }

    // What made it readable; none if nothing did.
    Kind take();

    // Sleeps; true if interrupted meanwhile.
    bool sleep(std::chrono::milliseconds time) const;

  private:
    int fd_;  // −1 if the kernel gave none: then the signals kill, as ever
};

}  // namespace berkeley::ctl
