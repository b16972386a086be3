// A machine in a container: a Debian of its own, booted, without any network. The clock is the
// host's: the right to set it is withheld, unless a test needs it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tests/lab/installed/cgroup.hpp"
#include "tests/system/support/process.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace berkeley::test {

// Empty if containers can be run here.
std::string why_no_container();

enum class ClockRight : std::uint8_t { withheld, granted };

class Container {
  public:
    explicit Container(const std::filesystem::path& root_archive,
                       ClockRight right = ClockRight::withheld);  // booted
    ~Container();
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;

    void reboot();

    Outcome as_root(const Arguments& command) const;
    Outcome as_user(const Arguments& command) const;
    std::string well(const Arguments& command) const;  // throws unless it ends with 0

    void copy_in(const std::filesystem::path& file, std::string_view to) const;
    void write(std::string_view path, std::string_view text) const;
    // On its disk, as seen from here: without what is mounted in it.
    std::filesystem::path path(std::string_view inside) const;

    double boot_seconds() const { return boot_seconds_; }

  private:
    Outcome inside(const Arguments& wrapper, const Arguments& command) const;
    void boot();
    void shut_down();
    void await_systemd();

    TemporaryFolder folder_;
    ClockRight right_;
    std::unique_ptr<Cgroup> cgroup_;
    std::unique_ptr<Process> unshare_;  // holds systemd-nspawn
    pid_t systemd_ = 0;
    double boot_seconds_ = 0;
};

}  // namespace berkeley::test
