// A program run by a test: its output captured, its end awaited with a deadline, and never
// outliving the test, however that ends.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "daemon/platform/file_descriptor.hpp"
#include "tests/system/support/waiting.hpp"

namespace berkeley::test {

// Of the program built beside the test: "berkeleyd", "berkeleyctl".
std::filesystem::path built(const std::string& program);

using Arguments = std::vector<std::string>;    // the program first
using Environment = std::vector<std::string>;  // NAME=VALUE, beside the test's own

class Process {
  public:
    explicit Process(const Arguments& arguments, const Environment& environment = {});
    ~Process();  // kills it
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    bool running() { return !wait(Seconds{0}); }
    void signal(int number) const;

    // Its exit code, or 128 + the signal that ended it; nothing if it still runs after `limit`.
    std::optional<int> wait(Seconds limit);

    // So far.
    std::string out() const;
    std::string err() const;

  private:
    FileDescriptor out_;
    FileDescriptor err_;
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};

struct Outcome {
    int code = -1;  // -1: killed at its deadline
    std::string out;
    std::string err;
};

Outcome run(const Arguments& arguments, const Environment& environment = {},
            Seconds limit = Seconds{30});

// Throws unless it ends with 0.
std::string run_well(const Arguments& arguments);

// A field of /proc/PID/status, such as VmRSS: its first number.
std::int64_t proc_status(pid_t pid, const std::string& field);
// The same, as text.
std::string proc_status_text(pid_t pid, const std::string& field);

}  // namespace berkeley::test
