#include "daemon/platform/time_daemons.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

namespace fs = std::filesystem;

class TimeDaemons : public testing::Test {
  protected:
    TimeDaemons() {
        std::string name = "/tmp/berkeleyd-unit-XXXXXX";
        root_ = mkdtemp(name.data());
    }
    ~TimeDaemons() override { fs::remove_all(root_); }

    void write(const fs::path& file, const std::string& text) const {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file) << text;
    }
    std::vector<std::string> found() const {
        return running_time_daemons(root_ / "proc", root_ / "cgroup");
    }

    fs::path root_;
};

using Names = std::vector<std::string>;

TEST_F(TimeDaemons, AreNamedWithTheirPids) {
    write("proc/1/comm", "systemd\n");
    write("proc/321/comm", "chronyd\n");
    write("proc/fs/comm", "chronyd\n");
    write("proc/uptime", "1 2\n");
    EXPECT_EQ(found(), Names{"chronyd (pid 321)"});
}

TEST_F(TimeDaemons, OfALongNameAreKnownByWhatTheKernelKeepsOfIt) {
    write("proc/77/comm", "systemd-timesyn\n");
    EXPECT_EQ(found(), Names{"systemd-timesyn (pid 77)"});
}

TEST_F(TimeDaemons, OfOtherUsersAreNamedByTheirUnits) {
    write("proc/self/comm", "berkeleyd\n");
    write("cgroup/system.slice/chrony.service/cgroup.events", "populated 1\nfrozen 0\n");
    write("cgroup/system.slice/ntpsec.service/cgroup.events", "populated 0\nfrozen 0\n");
    EXPECT_EQ(found(), Names{"chrony.service"});
}

TEST_F(TimeDaemons, AreNoneWhereNothingCanBeSeen) {
    EXPECT_TRUE(found().empty());
    write("cgroup/system.slice/chrony.service/cgroup.events", "garbage");
    EXPECT_TRUE(found().empty());
}

}  // namespace
}  // namespace berkeley
