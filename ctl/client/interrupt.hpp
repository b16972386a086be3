// Ctrl-C as a descriptor to wait on, so that no moment is left in which it goes unseen.
#pragma once

#include <chrono>

namespace berkeley::ctl {

// While one exists, SIGINT and SIGTERM do not kill but make fd() readable, for good.
class Interrupt {
  public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    int fd() const { return fd_; }

    // Sleeps; true if interrupted meanwhile.
    bool sleep(std::chrono::milliseconds time) const;

  private:
    int fd_;  // −1 if the kernel gave none: then the signals kill, as ever
};

}  // namespace berkeley::ctl
