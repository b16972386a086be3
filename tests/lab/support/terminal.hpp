// Somebody at a guest's terminal, who types and reads.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "daemon/platform/file_descriptor.hpp"
#include "tests/system/support/process.hpp"

namespace berkeley::lab {

using test::Outcome;
using test::Seconds;

class Terminal {
  public:
    explicit Terminal(const std::filesystem::path& socket);

    // Until a shell is there that waits for a line.
    void await_shell(Seconds limit);

    void type(std::string_view line);  // and Return
    // What has come since the last time, up to and with `words`. Throws if they do not come.
    std::string await(std::string_view words, Seconds limit);
    // Until the shell asks for the next line: how the last ended, and what has come since the last
    // time, what was typed and is shown included.
    Outcome ended(Seconds limit);
    std::string ended_well(Seconds limit);  // throws unless with 0; gives what came

    Outcome enter(std::string_view line, Seconds limit = Seconds{120});
    std::string enter_well(std::string_view line, Seconds limit = Seconds{120});

  private:
    void read_on(const std::stop_token& stop);

    FileDescriptor socket_;
    std::mutex mutex_;
    std::condition_variable more_;
    std::string come_;
    // All the time: a guest whose words nobody takes stands still.
    std::jthread reader_;
};

}  // namespace berkeley::lab
