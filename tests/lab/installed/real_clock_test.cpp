// The service steers a kernel's clock as its unit confines it. That clock is this machine's own: it
// is moved by a millisecond, and back.
#include "tests/system/support/real_clock.hpp"

#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/installed_machine.hpp"
#include "tests/system/support/node_process.hpp"

namespace berkeley::test {
namespace {

class InstalledWithTheClock : public Installed {
  protected:
    void SetUp() override { install(ClockRight::granted); }
};

TEST_F(InstalledWithTheClock, ItSteersTheKernelUnderItsUnit) {
    if (IsSkipped() || HasFailure())
        return;
    RealClock real;
    configure_with_peer(2);
    configure("clock = \"system\"\nmove_limit = 0.005\n");
    start();
    const std::string proc = machine->well({"cat", "/proc/" + property("MainPID") + "/status"});
    for (const char* line : {"CapEff:\t0000000002000000", "CapPrm:\t0000000002000000",
                             "CapBnd:\t0000000002000000", "NoNewPrivs:\t1", "Seccomp:\t2"})
        EXPECT_TRUE(holds(proc, line)) << line << "\n" << proc;
    // The two meet in the middle.
    EXPECT_TRUE(wait_until(Seconds{40}, [&real] {
        return std::chrono::abs(real.moved() - 1ms) < 100us;
    })) << real.moved().count();
    std::cout << fmt::format("  moved by {} µs\n", real.moved() / 1us);
    EXPECT_TRUE(real.read().phase_locked);
    EXPECT_FALSE(real.read().unsynchronized);
    machine->well({"systemctl", "stop", "berkeleyd"});
}

}  // namespace
}  // namespace berkeley::test
