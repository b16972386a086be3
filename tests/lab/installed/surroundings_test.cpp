// A machine that lacks something: the service runs on it all the same, and says what it lacks.
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/installed_machine.hpp"

namespace berkeley::test {
namespace {

constexpr const char* kStateDir = "/var/lib/berkeleyd";

class InstalledWhere : public Installed {
  protected:
    void sh(const std::string& script) { machine->well({"sh", "-ec", script}); }

    // Not a byte nor a file more goes there.
    void fill(const std::string& folder) {
        sh(fmt::format("mount -t tmpfs -o size=64k,nr_inodes=40 tmpfs {0} && chmod 1777 {0}",
                       folder));
        sh(fmt::format("dd if=/dev/zero of={0}/filler bs=1k 2>/dev/null || true", folder));
        sh(fmt::format("i=0; while touch {0}/$i 2>/dev/null; do i=$((i+1)); done", folder));
    }

    void expect_told(std::string_view what) {
        EXPECT_TRUE(wait_until(Seconds{15}, [this, what] { return holds(journal(), what); }))
            << journal();
        std::cout << "  " << journal();
    }
    void expect_running() {
        EXPECT_TRUE(is_active("berkeleyd")) << status();
        EXPECT_EQ(property("NRestarts"), "0");
        EXPECT_TRUE(holds(machine->well({"berkeleyctl", "status"}), "node1 is synchronized"));
    }
};

TEST_F(InstalledWhere, TheDiskIsFull) {
    configure_with_peer();
    start();
    machine->well({"systemctl", "stop", "berkeleyd"});
    for (const char* folder : {"/var/tmp", kStateDir})
        fill(folder);
    sh(fmt::format("chown berkeleyd:berkeleyd {0} && chmod 0750 {0}", kStateDir));
    start();
    expect_running();
    expect_told("No space left on device");
    EXPECT_TRUE(holds(journal(), "cannot save state to /var/lib/berkeleyd/state.json"));
}

// The service manager itself makes a folder there for PrivateDevices=, and takes no other place.
TEST_F(InstalledWhere, TmpIsFullItGoesOnAndAStartIsTriedUntilThereIsRoom) {
    configure_with_peer();
    start();
    fill("/tmp");
    expect_running();
    machine->well({"systemctl", "stop", "berkeleyd"});
    EXPECT_NE(machine->as_root({"systemctl", "start", "berkeleyd"}).code, 0);
    std::this_thread::sleep_for(Seconds{10});
    EXPECT_FALSE(is_active("berkeleyd"));
    sh("umount /tmp");
    EXPECT_TRUE(wait_until(Seconds{15}, [this] { return is_active("berkeleyd"); })) << status();
    machine->well({"berkeleyctl", "waitsync", "--timeout", "30"});
}

TEST_F(InstalledWhere, VarIsReadOnly) {
    configure_with_peer();
    start();
    machine->well({"systemctl", "stop", "berkeleyd"});
    sh("mount --bind /var /var && mount -o remount,bind,ro /var");
    start();
    expect_running();
    expect_told("Read-only file system");
}

TEST_F(InstalledWhere, VarIsReadOnlyFromTheBeginning) {
    configure_with_peer();
    sh(fmt::format("rm -rf {}", kStateDir));
    sh("mount --bind /var /var && mount -o remount,bind,ro /var");
    start();
    expect_running();
    expect_told(kStateDir);
}

TEST_F(InstalledWhere, TheStateDirectoryIsMissing) {
    configure_with_peer();
    start();
    machine->well({"systemctl", "stop", "berkeleyd"});
    sh(fmt::format("rm -r {}", kStateDir));
    start();
    expect_running();
    machine->well({"systemctl", "stop", "berkeleyd"});
    EXPECT_EQ(machine->well({"stat", "--format=%U %a", kStateDir}), "berkeleyd 750\n");
    machine->well({"test", "-s", fmt::format("{}/state.json", kStateDir)});
}

TEST_F(InstalledWhere, ThereIsNoJournal) {
    configure_with_peer();
    const std::string journald = "systemd-journald";
    for (const char* unit : {".socket", "-dev-log.socket", "-audit.socket", ".service"})
        machine->as_root({"systemctl", "mask", "--runtime", "--now", journald + unit});
    ASSERT_FALSE(is_active("systemd-journald"));
    ASSERT_NE(machine->as_root({"pidof", "systemd-journald"}).code, 0);
    start();
    expect_running();
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return status_line("Status:").starts_with("Status: \"Synchronized as member of peer");
    })) << status();

    // And that it cannot start, it tells without one, too.
    machine->well({"systemctl", "stop", "berkeleyd"});
    machine->well({"mv", "/etc/berkeleyd/berkeleyd.toml", "/etc/berkeleyd.toml.aside"});
    EXPECT_NE(machine->as_root({"systemctl", "start", "berkeleyd"}).code, 0);
    EXPECT_TRUE(status_line("Status:").starts_with("Status: \"there is no configuration"))
        << status();
}

TEST_F(InstalledWhere, ThereIsNoDbus) {
    configure_with_peer();
    machine->as_root({"systemctl", "mask", "--runtime", "--now", "dbus.socket", "dbus.service"});
    sh("kill $(pidof dbus-daemon) || true; rm -f /run/dbus/system_bus_socket");
    ASSERT_NE(machine->as_root({"pidof", "dbus-daemon"}).code, 0);
    start();
    expect_running();
    machine->well({"systemctl", "reload", "berkeleyd"});
    machine->well({"berkeleyctl", "waitsync", "--timeout", "5"});
    machine->well({"systemctl", "stop", "berkeleyd"});
    EXPECT_EQ(property("Result"), "success");
}

}  // namespace
}  // namespace berkeley::test
