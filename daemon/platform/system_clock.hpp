// CLOCK_REALTIME, steered by clock_adjtime(2). Needs CAP_SYS_TIME to change anything.
#pragma once

#include "daemon/platform/observed_clock.hpp"

namespace berkeley {

class SystemHostClock final : public ObservedHostClock {
  public:
    tl::expected<void, std::string> adjust(const KernelAdjustment& adjustment) override;
    tl::expected<void, std::string> step(Duration by) override;
    tl::expected<void, std::string> disclaim() override;
    tl::expected<void, std::string> set_tai(int seconds) override;
};

}  // namespace berkeley
