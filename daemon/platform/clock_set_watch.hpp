// Tells when CLOCK_REALTIME is set, by anybody: timerfd_create(2), TFD_TIMER_CANCEL_ON_SET.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "daemon/platform/file_descriptor.hpp"

namespace berkeley {

class ClockSetWatch {
  public:
    static tl::expected<ClockSetWatch, std::string> open();

    // Readable when the clock was set. Non-blocking.
    int fd() const { return timer_.get(); }

    // Whether it was set since the last call; ready for the next time.
    bool was_set();

  private:
    explicit ClockSetWatch(FileDescriptor timer) : timer_(std::move(timer)) {}
    bool arm();

    FileDescriptor timer_;
};

}  // namespace berkeley
