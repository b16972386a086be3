// The RPM package, installed, upgraded and removed by Debian's rpm on a Debian of its own: its
// scriptlets run, its files are whole. It is linked to Debian's libraries; how Fedora or EL build
// and run it, this does not show.
#include <filesystem>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/debian_root.hpp"
#include "tests/lab/installed/installed_machine.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

class InstalledByRpm : public Installed {
  protected:
    void SetUp() override {
        const auto rpm = built_rpm();
        BERKELEYD_REQUIRE(!rpm.empty(),
                          "there is no package in build/packages: packaging/build-rpm");
        make_machine(ClockRight::withheld, {"rpm"});
        if (IsSkipped() || HasFailure())
            return;
        machine->copy_in(rpm, kRpm);
        machine->well({"rpm", "--initdb"});
        before = files();
        // Silent, as the scriptlets of packages have to be; but for the links that systemctl makes.
        const Outcome installed = rpm_does({"--install"});
        EXPECT_EQ(installed.code, 0) << installed.err;
        EXPECT_EQ(installed.out, "");
    }

    // Debian's packages are not in rpm's database: what it depends on is there all the same.
    Outcome rpm_does(const Arguments& what) {
        Arguments command{"rpm", "--nodeps"};
        command.insert(command.end(), what.begin(), what.end());
        command.emplace_back(kRpm);
        return machine->as_root(command);
    }

    static constexpr const char* kRpm = "/var/tmp/berkeleyd.rpm";
    std::set<std::string> before;
};

TEST_F(InstalledByRpm, ItIsWholeAndNeitherEnabledNorStarted) {
    EXPECT_EQ(machine->well({"rpm", "--verify", "--nodeps", "berkeleyd"}), "");
    const std::string user = machine->well({"getent", "passwd", "berkeleyd"});
    EXPECT_TRUE(holds(user, ":/var/lib/berkeleyd:")) << user;
    for (const char* unit : {"berkeleyd", "berkeleyd-wait-sync"}) {
        EXPECT_EQ(machine->as_root({"systemctl", "is-enabled", unit}).out, "disabled\n") << unit;
        EXPECT_FALSE(is_active(unit));
    }
    EXPECT_TRUE(holds(machine->well({"journalctl", "--list-catalog"}),
                      "berkeleyd: The clock is synchronized"));
    EXPECT_EQ(machine->as_root({"systemctl", "start", "berkeleyd"}).code, 1);
    EXPECT_TRUE(status_line("Status:").starts_with("Status: \"there is no configuration"))
        << status();
}

TEST_F(InstalledByRpm, AnUpgradeRestartsWhatRuns) {
    EXPECT_EQ(rpm_does({"--upgrade", "--force"}).code, 0);
    EXPECT_FALSE(is_active("berkeleyd"));

    configure_with_peer();
    machine->well({"systemctl", "enable", "berkeleyd"});
    start();
    const std::string pid = property("MainPID");
    EXPECT_EQ(rpm_does({"--upgrade", "--force"}).code, 0);
    EXPECT_NE(property("MainPID"), pid);
    EXPECT_EQ(machine->well({"systemctl", "is-enabled", "berkeleyd"}), "enabled\n");
    machine->well({"berkeleyctl", "waitsync", "--timeout", "30"});
    EXPECT_EQ(tracked("steps"), 0);
}

TEST_F(InstalledByRpm, ARemovalStopsItAndLeavesWhatIsTheOperators) {
    configure_alone();
    machine->well({"systemctl", "enable", "berkeleyd"});
    start();
    const Outcome removed = machine->as_root({"rpm", "--erase", "berkeleyd"});
    EXPECT_EQ(removed.code, 0) << removed.err;
    EXPECT_NE(machine->as_root({"pidof", "berkeleyd"}).code, 0);
    EXPECT_FALSE(holds(machine->well({"journalctl", "--list-catalog"}), "berkeleyd"));
    std::string left;
    for (const std::string& file : files()) {
        const bool operators =
            file.starts_with("/etc/berkeleyd") || file.starts_with("/var/lib/berkeleyd");
        const bool record = holds(file, "/.rpmdb/") || file.starts_with("/var/lib/rpm/");
        // A folder that Fedora's base has, and Debian's has not.
        const bool base = file == "/usr/share/licenses";
        if (!before.contains(file) && !operators && !record && !base)
            left += file + "\n";
    }
    EXPECT_EQ(left, "");
    machine->well({"test", "-s", "/etc/berkeleyd/node.key"});
    machine->well({"test", "-s", "/var/lib/berkeleyd/state.json"});
}

}  // namespace
}  // namespace berkeley::test
