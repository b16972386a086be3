// One berkeleyd with a clock of its own, and berkeleyctl to ask it. What cannot be asked throws,
// with what the daemon has to say of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/json.hpp>

#include "tests/system/support/process.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace berkeley::test {

struct NodeShape {
    std::string name;
    double offset_ms = 0;
    double drift_ppm = 0;
    std::string clock = "simulated";
    std::uint16_t port = 0;  // 0: any that is free
    // NOLINTBEGIN(readability-redundant-member-init): GCC warns without
    std::string candidate = {};  // another address of the leader than its own, "HOST:PORT"
    std::string more = {};       // further lines of the configuration's top level
    // NOLINTEND(readability-redundant-member-init)
};

class NodeProcess {
  public:
    // Its files lie in `folder`: NAME.toml, written by its owner, NAME.sock and the directory NAME.
    NodeProcess(const TemporaryFolder& folder, std::string name);

    const std::string& name() const { return name_; }
    std::filesystem::path config() const { return files_.string() + ".toml"; }
    std::filesystem::path socket() const { return files_.string() + ".sock"; }
    std::filesystem::path state_dir() const { return files_; }

    // Returns once it answers. `wrapper` stands before the program: setpriv(1), nsenter(1).
    void start(const Environment& environment = {}, const Arguments& wrapper = {});
    int stop();   // SIGTERM; its exit code
    void kill();  // SIGKILL
    void signal(int number) const { process_->signal(number); }
    bool running() const { return process_ && process_->running(); }
    pid_t pid() const { return process_->pid(); }
    std::string log() const { return process_ ? process_->err() : std::string{}; }

    Outcome ctl(const Arguments& words) const;
    boost::json::object status() const;
    boost::json::array members() const;
    boost::json::object tracking() const;
    boost::json::object member(std::string_view name) const;  // empty if it has none such

    std::string state() const;
    bool synchronized(Seconds within) const;  // by waitsync

  private:
    boost::json::value ask(const std::string& verb) const;

    std::string name_;
    std::filesystem::path files_;
    std::unique_ptr<Process> process_;
};

std::string text(const boost::json::object& object, std::string_view key);  // "" for null
std::int64_t number(const boost::json::object& object, std::string_view key);

// Its system clock and the machine's raw clock, in one reading.
struct ClockReading {
    std::int64_t system_ns = 0;
    std::int64_t host_raw_ns = 0;

    std::int64_t over_raw() const { return system_ns - host_raw_ns; }
};

ClockReading reading_of(const NodeProcess& node);

// CLOCK_REALTIME and CLOCK_MONOTONIC_RAW of this machine: a simulated clock starts at its offset
// from there.
ClockReading reading_of_machine();

}  // namespace berkeley::test
