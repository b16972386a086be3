// A control group of the test's own, in which a container makes its own: gone with the test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace berkeley::test {

class Cgroup {
  public:
    Cgroup();   // below the test's own, in each hierarchy that systemd uses; throws if it may not
    ~Cgroup();  // kills who is left in it
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;

    // Shell commands that move the shell into it.
    std::string enter() const;

  private:
    std::vector<std::filesystem::path> folders_;
};

}  // namespace berkeley::test
