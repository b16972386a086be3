// The machine's clock, looked at and left alone.
#pragma once

#include "daemon/platform/host_clock.hpp"

namespace berkeley {

class ObservedHostClock : public HostClock {
  public:
    Moment moment(const ClockBracket& machine) override;
    KernelReading read() override;

    // Do nothing, and succeed.
    tl::expected<void, std::string> adjust(const KernelAdjustment& adjustment) override;
    tl::expected<void, std::string> step(Duration by) override;
    tl::expected<void, std::string> disclaim() override;
    tl::expected<void, std::string> set_tai(int seconds) override;
};

}  // namespace berkeley
