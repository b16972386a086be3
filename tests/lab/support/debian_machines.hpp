// Whole Debian machines on one network: each has a disk, a user at its terminal, and a clock about
// which the truth is known.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lab/support/carrier.hpp"
#include "tests/lab/support/ground_truth.hpp"
#include "tests/lab/support/guest.hpp"
#include "tests/lab/support/terminal.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace berkeley::lab {

struct MachineSpec {
    double drift_ppm = 0;  // of its oscillator against the host's
    std::string rtc;       // what its hardware clock reads when it is switched on
};

class DebianMachines {
  public:
    // Switches them on, each with a copy of that disk (tests/lab/image/build-disk makes one), and
    // waits for their users to be logged in.
    DebianMachines(const std::vector<MachineSpec>& machines, const std::filesystem::path& disk);
    ~DebianMachines();  // tells the journals if the test failed

    std::size_t size() const { return guests_.size(); }
    Guest& guest(std::size_t number) { return *guests_[number - 1]; }
    Terminal& terminal(std::size_t number) { return *terminals_[number - 1]; }
    GroundTruth& truth() { return *truth_; }

    // Typed at all terminals at once. Gives what came at each; throws unless it ends well at all.
    std::vector<std::string> enter_everywhere(std::string_view line, Seconds limit = Seconds{120});
    void reboot();  // all at once, by a command at each terminal

    // Lets the clocks run, and collects the truth. Gives the time passed as a span of the truth's.
    Span wait(double seconds);
    bool wait_until(double limit, const std::function<bool()>& condition);

    std::string state(std::size_t number);  // empty while no daemon answers
    bool all_synchronized();

  private:
    void await_shells();

    test::TemporaryFolder folder_;
    Carrier wires_;
    std::vector<std::unique_ptr<Guest>> guests_;
    std::vector<std::unique_ptr<Terminal>> terminals_;
    std::unique_ptr<GroundTruth> truth_;
};

}  // namespace berkeley::lab
