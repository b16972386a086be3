// One guest: an emulated machine with a kernel, an oscillator and a start error of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/platform/file_descriptor.hpp"
#include "tests/lab/guest/shared_page.hpp"
#include "tests/system/support/process.hpp"

namespace berkeley::lab {

using test::Outcome;
using test::Seconds;

struct GuestPlace {
    std::size_t number = 1;                   // its name is n<number>, its address 10.99.0.<number>
    std::filesystem::path image;              // the folder of vmlinuz and initramfs
    std::filesystem::path disk;               // its root, which it writes to; empty: the initramfs
    std::filesystem::path folder;             // for its sockets and its page
    std::filesystem::path to_wire;            // the carrier's socket
    std::filesystem::path nic;                // its own
    double drift_ppm = 0;                     // of its oscillator against the host's
    std::string rtc = "2026-11-23T10:00:00";  // what its hardware clock reads at the start
};

// Why no guest can be run here; empty if one can.
std::string why_no_guests(const std::filesystem::path& image);

class Guest {
  public:
    explicit Guest(GuestPlace place);
    ~Guest();
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

    // Waits for its agent, and finds the constant between its TSC and the host's.
    void await_boot(Seconds limit);
    // Before it is asked to boot again; and the same as await_boot after that.
    void forget_agent() { page_->magic.store(0); }
    void await_reboot(Seconds limit);
    void calibrate();

    std::size_t number() const { return place_.number; }
    std::string name() const;
    std::string address() const;
    static std::string address(std::size_t number);

    // A line for its shell; code −1 and what is known if it does not end within `limit`.
    Outcome run(std::string_view command, Seconds limit = Seconds{60});
    // Throws unless it ends with 0. Gives what it printed.
    std::string run_well(std::string_view command);
    // Replaces a file there.
    void write_file(const std::string& path, std::string_view text);

    // Its CLOCK_REALTIME becomes `ns` at the host's `tsc`.
    void set_clock(std::uint64_t tsc, std::int64_t ns, double tsc_hz);

    void signal(int number) const { qemu_->signal(number); }  // SIGSTOP: the whole machine stalls
    // A command of the QEMU Machine Protocol without arguments: "stop", "cont", "system_wakeup".
    std::string qmp(const std::string& command);

    const SharedPage& page() const { return *page_; }
    std::uint64_t host_tsc(std::uint64_t guest_tsc) const { return guest_tsc + tsc_constant_; }
    std::uint64_t tsc_uncertainty() const { return tsc_uncertainty_; }
    std::string console() const;  // what it wrote to its serial line and its terminal
    // Where somebody may sit; only with a disk.
    std::filesystem::path terminal() const { return file("terminal"); }

  private:
    std::filesystem::path file(std::string_view what) const;
    void await_agent(Seconds limit);
    void connect_port();
    bool send(std::string_view bytes);
    bool receive(void* to, std::size_t size, Seconds limit);

    GuestPlace place_;
    FileDescriptor page_file_;
    SharedPage* page_ = nullptr;
    std::unique_ptr<test::Process> qemu_;
    FileDescriptor port_;
    FileDescriptor monitor_;
    std::uint64_t tsc_constant_ = 0;
    std::uint64_t tsc_uncertainty_ = 0;
};

}  // namespace berkeley::lab
