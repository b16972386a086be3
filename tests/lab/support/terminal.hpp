// Somebody at a guest's serial line, who types and reads.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

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

    Outcome enter(std::string_view line, Seconds limit = Seconds{120});
    // Throws unless it ends with 0. Gives what came.
    std::string enter_well(std::string_view line, Seconds limit = Seconds{120});

  private:
    FileDescriptor socket_;
    std::string come_;
};

}  // namespace berkeley::lab
