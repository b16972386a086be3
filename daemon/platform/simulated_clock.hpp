// A raw and a system clock of the node's own, for trying the program out on one machine: the raw
// clock drifts against the machine's, and a model of the kernel steers the system clock over it.
#pragma once

#include "daemon/platform/host_clock.hpp"
#include "daemon/platform/kernel_model.hpp"

namespace berkeley {

class SimulatedHostClock final : public HostClock {
  public:
    // At `start` the system clock is `offset` ahead of the machine's; the raw clock is the
    // machine's then, and runs `drift` faster (a rate; within ±10 %).
    SimulatedHostClock(const ClockBracket& start, Duration offset, double drift);

    // Readings must be asked for in their order; one older than the last gives the last.
    Moment moment(const ClockBracket& machine) override;
    KernelReading read() override;
    tl::expected<void, std::string> adjust(const KernelAdjustment& adjustment) override;
    tl::expected<void, std::string> step(Duration by) override;
    tl::expected<void, std::string> disclaim() override;
    tl::expected<void, std::string> set_tai(int seconds) override;
    RawTime node_raw(RawTime machine) const override;
    RawTime machine_raw(RawTime node) const override;

  private:
    RawTime advance_to(RawTime machine);

    RawTime start_;
    double drift_;
    RawTime latest_;  // on the node's raw clock
    KernelModel kernel_;
};

}  // namespace berkeley
