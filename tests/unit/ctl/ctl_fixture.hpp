// The real berkeleyctl, which lies beside the test program.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/unit/control/server_thread.hpp"

namespace berkeley {

struct Outcome {
    int code = -1;
    std::string out;
    std::string err;
};

inline std::string slurp(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

inline std::filesystem::path berkeleyctl() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "berkeleyctl";
}

class Ctl : public testing::Test {
  protected:
    Outcome run(const std::string& arguments, const std::string& before = "") {
        const std::string command = "export LC_ALL=C.UTF-8; " + before + " " +
                                    berkeleyctl().native() + " " + arguments + " >" +
                                    (folder / "out").native() + " 2>" + (folder / "err").native();
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(folder / "out"),
                slurp(folder / "err")};
    }

    Outcome run(const ServerThread& server, const std::string& arguments) {
        return run("--socket " + server.path().native() + " " + arguments);
    }

    TemporaryFolder folder;
};

}  // namespace berkeley
