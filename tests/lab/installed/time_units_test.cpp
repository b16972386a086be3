// The service among the units that have to do with time: other time daemons, timedatectl, and
// time-sync.target, which stands for "the clock is right now".
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/installed_machine.hpp"
#include "tests/system/support/node_process.hpp"

namespace berkeley::test {
namespace {

class InstalledAmongTimeUnits : public Installed {
  protected:
    // Stand-ins: what counts is their names, and when they are started.
    void add_chrony() {
        machine->write("/etc/systemd/system/chrony.service",
                       "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n");
        machine->well({"systemctl", "daemon-reload"});
    }
    void add_timesyncd() {
        machine->write("/etc/systemd/system/systemd-timesyncd.service",
                       "[Unit]\nDefaultDependencies=no\nAfter=systemd-sysusers.service\n"
                       "Before=time-set.target sysinit.target shutdown.target\n"
                       "Conflicts=shutdown.target\nWants=time-set.target\n"
                       "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n"
                       "[Install]\nWantedBy=sysinit.target\n");
        machine->write("/etc/systemd/ntp-units.d/80-systemd-timesync.list",
                       "systemd-timesyncd.service\n");
        machine->well({"systemctl", "daemon-reload"});
    }
    void add_needs_time() {
        machine->write("/etc/systemd/system/needs-time.service",
                       "[Unit]\nAfter=time-sync.target\n"
                       "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n");
    }
    // As the drop-in itself says.
    void let_others_run_beside() {
        machine->well({"mkdir", "-p", "/etc/systemd/system/berkeleyd.service.d"});
        machine->well({"ln", "-s", "/dev/null",
                       "/etc/systemd/system/berkeleyd.service.d/replaces-time-daemons.conf"});
        machine->well({"systemctl", "daemon-reload"});
    }

    std::string is_enabled(const std::string& unit) {
        return machine->as_root({"systemctl", "is-enabled", unit}).out;
    }
    bool comes_up(const std::string& unit, Seconds within = Seconds{30}) {
        return wait_until(within, [this, &unit] { return is_active(unit); });
    }
};

TEST_F(InstalledAmongTimeUnits, AnotherTimeDaemonIsStoppedUnlessThatIsMasked) {
    configure_alone();
    add_chrony();
    machine->well({"systemctl", "start", "chrony"});
    start();
    EXPECT_FALSE(is_active("chrony"));
    machine->well({"systemctl", "start", "chrony"});
    EXPECT_FALSE(is_active("berkeleyd"));

    let_others_run_beside();
    start();
    EXPECT_TRUE(is_active("chrony") && is_active("berkeleyd"));
}

TEST_F(InstalledAmongTimeUnits, AtBootItRunsInPlaceOfAnotherThatIsEnabledToo) {
    configure_alone();
    add_timesyncd();
    machine->well({"systemctl", "enable", "systemd-timesyncd"});
    machine->reboot();
    EXPECT_TRUE(is_active("systemd-timesyncd"));  // it does start at boot, if nothing forbids it

    machine->well({"systemctl", "enable", "berkeleyd"});
    machine->reboot();
    EXPECT_TRUE(comes_up("berkeleyd"));
    EXPECT_FALSE(is_active("systemd-timesyncd"));

    let_others_run_beside();
    machine->reboot();
    EXPECT_TRUE(comes_up("berkeleyd"));
    EXPECT_TRUE(is_active("systemd-timesyncd"));
}

TEST_F(InstalledAmongTimeUnits, TimedatectlKnowsIt) {
    configure_alone();
    add_timesyncd();
    machine->well({"systemctl", "enable", "--now", "systemd-timesyncd"});
    machine->well({"timedatectl", "set-ntp", "true"});
    EXPECT_TRUE(comes_up("berkeleyd"));
    EXPECT_EQ(is_enabled("berkeleyd"), "enabled\n");
    EXPECT_EQ(is_enabled("berkeleyd-wait-sync"), "enabled\n");
    EXPECT_FALSE(is_active("systemd-timesyncd"));
    EXPECT_EQ(is_enabled("systemd-timesyncd"), "disabled\n");
    const std::string screen = machine->well({"timedatectl", "status"});
    EXPECT_TRUE(holds(screen, "NTP service: active")) << screen;

    machine->well({"timedatectl", "set-ntp", "false"});
    EXPECT_TRUE(wait_until(Seconds{10}, [this] { return !is_active("berkeleyd"); }));
    EXPECT_EQ(is_enabled("berkeleyd"), "disabled\n");
    EXPECT_TRUE(holds(machine->well({"timedatectl", "status"}), "NTP service: inactive"));

    // As the list itself says.
    machine->well({"ln", "-s", "/dev/null", "/etc/systemd/ntp-units.d/50-berkeleyd.list"});
    machine->well({"systemctl", "restart", "systemd-timedated"});
    machine->well({"timedatectl", "set-ntp", "true"});
    EXPECT_TRUE(comes_up("systemd-timesyncd"));
    EXPECT_FALSE(is_active("berkeleyd"));
}

TEST_F(InstalledAmongTimeUnits, BeforeSleepAMasterIsAskedToHandOver) {
    constexpr const char* kUnit = "berkeleyd-before-sleep.service";
    configure_alone();
    machine->well({"systemctl", "enable", "--now", "berkeleyd"});
    EXPECT_TRUE(
        holds(machine->well({"systemctl", "show", "--property=Wants", "sleep.target"}), kUnit));
    EXPECT_TRUE(comes_up("berkeleyd"));
    machine->well({"systemctl", "start", kUnit});
    EXPECT_TRUE(wait_until(Seconds{5},
                           [this] {
                               return holds(
                                   machine->well({"journalctl", "--boot", "--unit", kUnit}),
                                   "berkeleyctl: not done: ");
                           }))
        << "alone, it leads and nobody else can: "
        << machine->well({"journalctl", "--boot", "--unit", kUnit});

    machine->well({"systemctl", "stop", "berkeleyd"});
    machine->well({"systemctl", "start", kUnit});
    EXPECT_EQ(property("ConditionResult", kUnit), "no");
    machine->well({"systemctl", "disable", "berkeleyd"});
    EXPECT_FALSE(
        holds(machine->well({"systemctl", "show", "--property=Wants", "sleep.target"}), kUnit));
}

TEST_F(InstalledAmongTimeUnits,
       TimeSyncTargetIsReachedOnceTheClockIsSynchronizedAndTheBootDoesNotWait) {
    configure_with_peer();
    machine->well({"systemctl", "enable", "berkeleyd"});
    add_needs_time();
    machine->reboot();
    EXPECT_TRUE(comes_up("berkeleyd"));
    std::this_thread::sleep_for(Seconds{5});
    EXPECT_TRUE(is_active("multi-user.target"));
    EXPECT_EQ(property("ActiveState", "berkeleyd-wait-sync"), "activating");
    EXPECT_FALSE(is_active("time-sync.target"));
    machine->well({"systemctl", "start", "--no-block", "needs-time"});
    EXPECT_FALSE(is_active("needs-time"));

    start_peer();
    ASSERT_TRUE(comes_up("time-sync.target", Seconds{60})) << status();
    EXPECT_TRUE(comes_up("needs-time"));
    EXPECT_TRUE(holds(machine->well({"berkeleyctl", "status"}), "node1 is synchronized"));
    const std::string synchronized = machine->well(
        {"journalctl", "--unit=berkeleyd", "--output=json", "--boot", "--grep=^synchronized",
         "--output-fields=__MONOTONIC_TIMESTAMP", "--lines=1"});
    const auto at_us =
        std::stoll(text(boost::json::parse(synchronized).as_object(), "__MONOTONIC_TIMESTAMP"));
    const auto reached_us =
        std::stoll(property("ActiveEnterTimestampMonotonic", "time-sync.target"));
    EXPECT_GT(reached_us, at_us);
    std::cout << fmt::format("  reached {:.1f} s after the synchronization\n",
                             static_cast<double>(reached_us - at_us) / 1e6);

    // A restart is no reason to stop what needed the right time.
    machine->well({"systemctl", "restart", "berkeleyd"});
    EXPECT_TRUE(is_active("time-sync.target"));
}

TEST_F(InstalledAmongTimeUnits, WhatDoesNotSynchronizeIsWaitedForAndTheJournalSaysWhy) {
    configure_with_peer();
    machine->well({"systemctl", "enable", "berkeleyd"});
    machine->write("/etc/systemd/system/berkeleyd-wait-sync.service.d/test.conf",
                   "[Service]\nExecStart=\nExecStart=/usr/bin/berkeleyctl waitsync --timeout 8\n"
                   "RestartSec=2s\n");
    add_needs_time();
    machine->reboot();
    machine->well({"systemctl", "start", "--no-block", "needs-time"});
    std::this_thread::sleep_for(Seconds{20});
    EXPECT_FALSE(is_active("needs-time"));
    EXPECT_FALSE(is_active("time-sync.target"));
    const std::string log = machine->well({"journalctl", "--unit=berkeleyd-wait-sync", "--boot"});
    EXPECT_TRUE(holds(log, "not within 8 s: node1 is")) << log;

    start_peer();
    EXPECT_TRUE(comes_up("time-sync.target", Seconds{60}))
        << machine->well({"systemctl", "status", "--no-pager", "berkeleyd-wait-sync"});
    EXPECT_TRUE(comes_up("needs-time"));
}

}  // namespace
}  // namespace berkeley::test
