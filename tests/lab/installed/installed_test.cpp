// The service as its unit has it, from a fresh installation on.
#include <iostream>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/installed_machine.hpp"
#include "tests/system/support/node_process.hpp"

namespace berkeley::test {
namespace {

TEST_F(Installed, ItIsNeitherEnabledNorStartedAndSaysWhatToDo) {
    for (const char* advice : {"this machine is in no cluster yet", "berkeleyctl init",
                               "berkeleyctl join", "systemctl enable --now berkeleyd"})
        EXPECT_TRUE(holds(said_by_installation, advice)) << said_by_installation;
    EXPECT_EQ(machine->as_root({"systemctl", "is-enabled", "berkeleyd"}).out, "disabled\n");
    EXPECT_EQ(machine->as_root({"systemctl", "is-active", "berkeleyd"}).out, "inactive\n");
    EXPECT_TRUE(holds(status(), "man:berkeleyd(8)"));
    for (const char* file :
         {"/usr/share/man/man8/berkeleyd.8.gz", "/usr/share/man/man1/berkeleyctl.1.gz",
          "/usr/share/man/man5/berkeleyd.toml.5.gz", "/usr/share/doc/berkeleyd/README.Debian",
          "/usr/share/doc/berkeleyd/copyright"})
        machine->well({"test", "-e", file});
    const std::string user = machine->well({"getent", "passwd", "berkeleyd"});
    EXPECT_TRUE(user.ends_with(":/var/lib/berkeleyd:/usr/sbin/nologin\n")) << user;
    EXPECT_EQ(machine->as_root({"systemctl", "is-enabled", "berkeleyd-wait-sync"}).out,
              "disabled\n");
    machine->well({"systemctl", "preset", "berkeleyd", "berkeleyd-wait-sync"});
    EXPECT_EQ(machine->as_root({"systemctl", "is-enabled", "berkeleyd"}).out, "disabled\n");
    for (const char* unit :
         {"berkeleyd.service", "berkeleyd-before-sleep.service", "berkeleyd-wait-sync.service"})
        EXPECT_EQ(machine->well({"systemd-analyze", "verify", "--man=no", unit}), "") << unit;
}

TEST_F(Installed, TheExampleOfAConfigurationIsGood) {
    const Outcome outcome = machine->as_root({"berkeleyctl", "validate", "--file-only",
                                              "/usr/share/doc/berkeleyd/examples/berkeleyd.toml"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(Installed, WithoutAConfigurationItSaysWhatToDoAndIsNotTriedAgain) {
    const Outcome started = machine->as_root({"systemctl", "start", "berkeleyd"});
    EXPECT_NE(started.code, 0);
    EXPECT_TRUE(holds(started.err, "systemctl status berkeleyd.service")) << started.err;
    std::this_thread::sleep_for(Seconds{4});  // twice RestartSec=
    EXPECT_EQ(property("ActiveState"), "failed");
    EXPECT_EQ(property("ExecMainStatus"), "2");
    EXPECT_EQ(property("NRestarts"), "0");
    const std::string screen = status();
    EXPECT_TRUE(holds(screen, "there is no configuration file /etc/berkeleyd/berkeleyd.toml"))
        << screen;
    EXPECT_TRUE(holds(screen, "berkeleyd.toml(5)")) << screen;
    EXPECT_TRUE(holds(journal(), "'berkeleyctl init'")) << journal();
    std::cout << "  " << journal();

    // Nor does who may not read the journal look in vain.
    const Outcome seen = machine->as_user({"systemctl", "status", "--no-pager", "-l", "berkeleyd"});
    for (const char* said :
         {"Status: \"there is no configuration", "berkeleyctl init", "berkeleyctl join"})
        EXPECT_TRUE(holds(seen.out, said)) << said << "\n" << seen.out << seen.err;
}

TEST_F(Installed, WithoutCapSysTimeItSaysSoAndIsTriedAgain) {
    configure_alone();
    machine->well({"rm", "-r", "/etc/berkeleyd/berkeleyd.toml.d"});  // it steers the real clock
    machine->as_root({"systemctl", "start", "berkeleyd"});
    EXPECT_TRUE(wait_until(Seconds{20}, [this] { return std::stoi(property("NRestarts")) >= 2; }));
    EXPECT_TRUE(wait_until(Seconds{5}, [this] { return property("ExecMainStatus") == "1"; }));
    EXPECT_TRUE(holds(journal(), "CAP_SYS_TIME is missing")) << journal();
}

TEST_F(Installed, SystemctlStatusShowsTheLiveSentence) {
    configure_with_peer();
    start();
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return status_line("Status:").starts_with("Status: \"Synchronized as member of peer");
    })) << status();
    std::cout << "  " << status_line("Status:") << '\n';

    const Outcome by_user = machine->as_user({"berkeleyctl", "status"});
    EXPECT_EQ(by_user.code, 0) << by_user.err;
    EXPECT_TRUE(holds(by_user.out, "node1 is synchronized")) << by_user.out;

    const std::string pid = property("MainPID");
    const std::string proc = machine->well({"cat", "/proc/" + pid + "/status"});
    for (const char* line :
         {"CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "CapInh:\t0000000000000000",
          "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"})
        EXPECT_TRUE(holds(proc, line)) << line << "\n" << proc;
}

TEST_F(Installed, TheJournalHasFields) {
    configure_with_peer();
    start();
    const std::string entry = machine->well(
        {"journalctl", "--unit=berkeleyd", "--output=json", "--grep=^synchronized", "--lines=1"});
    const boost::json::object fields = boost::json::parse(entry).as_object();
    EXPECT_EQ(text(fields, "MESSAGE_ID").size(), 32U);
    EXPECT_EQ(text(fields, "PRIORITY"), "5");
    EXPECT_EQ(text(fields, "_SYSTEMD_UNIT"), "berkeleyd.service");
    EXPECT_TRUE(fields.contains("BERKELEYD_AMOUNT_NS")) << entry;
    const std::string explained = machine->well(
        {"journalctl", "--unit=berkeleyd", "--catalog", "--grep=^synchronized", "--lines=1"});
    EXPECT_TRUE(holds(explained, "Subject: The clock is synchronized")) << explained;
    EXPECT_TRUE(holds(explained, "man:berkeleyd(8)")) << explained;
    std::cout << fmt::format("  MESSAGE_ID={} BERKELEYD_AMOUNT_NS={} {}\n",
                             text(fields, "MESSAGE_ID"), text(fields, "BERKELEYD_AMOUNT_NS"),
                             text(fields, "MESSAGE"));
}

// As berkeleyd(8) tells: root's, out of the daemon's user's reach but for what systemd hands over.
TEST_F(Installed, KeyAndCertificateMayBeCredentials) {
    configure_with_peer();
    machine->well({"install", "-d", "-m", "0700", "/etc/credstore"});
    std::string drop_in = "[Service]\n";
    for (const std::string file : {"node.key", "node.cert"}) {
        machine->well({"mv", "/etc/berkeleyd/" + file, "/etc/credstore/" + file});
        machine->well({"chown", "root:root", "/etc/credstore/" + file});
        machine->well({"chmod", "0600", "/etc/credstore/" + file});
        drop_in += fmt::format("LoadCredential={0}:/etc/credstore/{0}\n", file);
    }
    machine->write("/etc/systemd/system/berkeleyd.service.d/credentials.conf", drop_in);
    machine->well({"systemctl", "daemon-reload"});
    start();
    EXPECT_TRUE(holds(machine->well({"berkeleyctl", "status"}), "node1 is synchronized"));
    machine->well({"systemctl", "reload", "berkeleyd"});
    machine->well({"berkeleyctl", "waitsync", "--timeout", "5"});
}

TEST_F(Installed, AReloadIsAnsweredAndAStopIsClean) {
    configure_with_peer();
    start();
    const std::string pid = property("MainPID");
    machine->well({"systemctl", "reload", "berkeleyd"});
    EXPECT_TRUE(wait_until(Seconds{5}, [this] { return property("ActiveState") == "active"; }));
    EXPECT_EQ(property("MainPID"), pid);
    EXPECT_EQ(machine->as_root({"berkeleyctl", "status"}).code, 0);

    machine->well({"systemctl", "stop", "berkeleyd"});
    EXPECT_EQ(property("Result"), "success");
    EXPECT_EQ(property("ExecMainStatus"), "0");
    EXPECT_EQ(machine->as_root({"test", "-e", "/run/berkeleyd"}).code, 1);
    EXPECT_EQ(machine->well({"stat", "--format=%U %a", "/var/lib/berkeleyd/state.json"}),
              "berkeleyd 600\n");
}

TEST_F(Installed, TheWatchdogAnswersAStoppedDaemonWithARestartThatCarriesOn) {
    configure_with_peer();
    start();
    wait_until_a_rate_is_kept();
    const std::string pid = property("MainPID");
    const Stopwatch hanging;
    machine->well({"systemctl", "kill", "--signal=STOP", "--kill-whom=main", "berkeleyd"});
    peer_hangs(true);
    ASSERT_TRUE(wait_until(Seconds{60}, [this] {
        return property("NRestarts") == "1" && property("ActiveState") == "active";
    })) << status();
    const double restarted = hanging.seconds();
    EXPECT_LT(restarted, 40) << "WatchdogSec= 20 and RestartSec= 2, and something to spare";
    EXPECT_NE(property("MainPID"), pid);
    expect_gone_on_at_the_kept_rate();
    peer_hangs(false);
    machine->well({"berkeleyctl", "waitsync", "--timeout", "30"});
    EXPECT_EQ(tracked("steps"), 0);
    EXPECT_TRUE(holds(machine->well({"journalctl", "--unit=berkeleyd"}), "Watchdog timeout"));
    std::cout << fmt::format("  restarted {:.1f} s after SIGSTOP, synchronized after {:.1f} s\n",
                             restarted, hanging.seconds());
}

TEST_F(Installed, WhereItCannotDropPrivilegesItDoesNotRun) {
    configure_alone();
    machine->write("/etc/systemd/system/berkeleyd.service.d/test.conf",
                   "[Service]\nSystemCallFilter=~capset\nRestart=no\n");
    machine->well({"systemctl", "daemon-reload"});
    EXPECT_NE(machine->as_root({"systemctl", "start", "berkeleyd"}).code, 0);
    EXPECT_EQ(property("ActiveState"), "failed");
    EXPECT_TRUE(holds(journal(), "cannot drop privileges")) << journal();
    std::cout << "  " << journal();
}

TEST_F(Installed, TheUnitIsConfined) {
    std::istringstream report(
        machine->well({"systemd-analyze", "security", "--no-pager", "berkeleyd.service"}));
    std::string line;
    double exposure = 10;
    while (std::getline(report, line)) {
        const auto at = line.find("exposure level for berkeleyd.service: ");
        if (at == std::string::npos)
            continue;
        exposure = std::stod(line.substr(line.find(": ", at) + 2));
        std::cout << "  " << line << '\n';
    }
    EXPECT_LE(exposure, 2.0);
}

}  // namespace
}  // namespace berkeley::test
