// What a started daemon may do, by the kernel's word, in both normal starts: as root, dropping by
// itself, and as an ordinary user with CAP_SYS_TIME in the ambient set, as the unit has it. Where
// it cannot drop, it does not run.
#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/platform/capabilities.hpp"
#include "tests/support/sample_trust.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/identity.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

constexpr int kConfiguration = 2;  // exit code: will not succeed until somebody changes something

constexpr const char* kClockAlone = "0000000002000000";
constexpr const char* kNone = "0000000000000000";

struct Expected {
    std::string held = kNone;
    std::string bounds = kNone;
    std::string uid = "0";
};

// Of all its threads: capabilities are each thread's own.
void expect_confined(pid_t pid, const Expected& expected) {
    const std::filesystem::path threads = fmt::format("/proc/{}/task", pid);
    for (const auto& thread : std::filesystem::directory_iterator(threads)) {
        const pid_t id = std::stoi(thread.path().filename());
        const auto field = [id](const char* name) { return proc_status_text(id, name); };
        EXPECT_EQ(field("CapEff"), expected.held);
        EXPECT_EQ(field("CapPrm"), expected.held);
        EXPECT_EQ(field("CapInh"), kNone);
        EXPECT_EQ(field("CapAmb"), kNone);
        EXPECT_EQ(field("CapBnd"), expected.bounds);
        EXPECT_EQ(field("NoNewPrivs"), "1");
        EXPECT_EQ(field("Groups").find_first_not_of(' '), std::string::npos) << field("Groups");
        EXPECT_EQ(field("Uid"), fmt::format("{0}\t{0}\t{0}\t{0}", expected.uid));
        EXPECT_EQ(field("Gid"), fmt::format("{0}\t{0}\t{0}\t{0}", expected.uid));
    }
}

std::string id_of_nobody() {
    return std::to_string(find_account("nobody").value().uid);
}

class Privileges : public testing::Test {
  protected:
    void SetUp() override {
        BERKELEYD_REQUIRE(is_root() && may_set_clock(), "needs root with CAP_SYS_TIME");
        write_key(key, "n1");
        write_certificate(certificate, "lab", "n1", "elsewhere");
        chmod(folder.path().c_str(), 0755);
    }

    std::filesystem::path config(const std::string& clock) const {
        return folder.write("n1.toml",
                            fmt::format("name = \"n1\"\ncluster = \"lab\"\n"
                                        "candidates = [\"elsewhere=127.0.0.1:{0}\"]\n"
                                        "listen = \"127.0.0.1:{1}\"\nclock = \"{2}\"\n"
                                        "socket = \"{3}/run/n1.sock\"\nstate_dir = \"{3}/state\"\n"
                                        "key_file = \"{4}\"\ncertificate_file = \"{5}\"\n{6}",
                                        free_port(), free_port(), clock, folder.path().string(),
                                        key.string(), certificate.string(), pinned("elsewhere")));
    }

    // For a daemon that is this user from the start.
    void give_all_to(const std::string& uid) const {
        for (const char* name : {"run", "state"})
            std::filesystem::create_directory(folder / name);
        run_well({"chown", "-R", uid, folder.path()});
    }

    // Looks at it once it answers, and stops it.
    void look_at(const std::string& clock, const Arguments& wrapper, const Arguments& options,
                 const std::function<void(pid_t)>& look) const {
        Arguments command = wrapper;
        command.insert(command.end(), {built("berkeleyd"), "--config", config(clock)});
        command.insert(command.end(), options.begin(), options.end());
        Process daemon(
            command, {"LD_PRELOAD=" + hands_off.string(), "ASAN_OPTIONS=verify_asan_link_order=0"});
        const auto socket = folder / "run/n1.sock";
        const bool answers = wait_until(Seconds{20}, [&daemon, &socket] {
            return !daemon.running() ||
                   run({built("berkeleyctl"), "--socket", socket, "status"}).code == 1;
        });
        ASSERT_TRUE(answers && daemon.running()) << daemon.err();
        look(daemon.pid());
        daemon.signal(SIGTERM);
        EXPECT_EQ(daemon.wait(Seconds{20}), 0) << daemon.err();
    }

    void expect_started(const std::string& clock, const Arguments& wrapper,
                        const Arguments& options, const Expected& expected) const {
        SCOPED_TRACE(fmt::format("clock = {}, as user {}", clock, expected.uid));
        look_at(clock, wrapper, options,
                [&expected](pid_t pid) { expect_confined(pid, expected); });
    }

    Outcome refused(const Arguments& wrapper, const Arguments& options) const {
        Arguments command = wrapper;
        command.insert(command.end(), {built("berkeleyd"), "--config", config("simulated")});
        command.insert(command.end(), options.begin(), options.end());
        return run(command, {}, Seconds{10});
    }

    TemporaryFolder folder;
    std::filesystem::path key = folder / "node.key";
    std::filesystem::path certificate = folder / "node.cert";
    std::filesystem::path hands_off = HANDS_OFF_LIBRARY;
    std::string nobody = id_of_nobody();
    const Arguments in_groups{"setpriv", "--groups", "4,27"};
};

TEST_F(Privileges, AsRootOnlyTheClockIsLeft) {
    expect_started("system", in_groups, {}, {.held = kClockAlone});
    expect_started("observe", in_groups, {}, {});
    expect_started("simulated", in_groups, {}, {});
}

TEST_F(Privileges, AsRootThatBecomesAnotherUser) {
    const Arguments options{"--user", "nobody"};
    expect_started("system", in_groups, options, {.held = kClockAlone, .uid = nobody});
}

TEST_F(Privileges, AsRootThatBecomesAnotherUserAndObserves) {
    const Arguments options{"--user", "nobody"};
    expect_started("observe", in_groups, options, {.uid = nobody});
}

TEST_F(Privileges, AsTheUnitsUserWithAnAmbientCapability) {
    give_all_to(nobody);
    const Arguments as_unit{"setpriv",    "--reuid",        nobody,           "--regid",
                            nobody,       "--clear-groups", "--bounding-set", "-all,+sys_time",
                            "--inh-caps", "-all,+sys_time", "--ambient-caps", "-all,+sys_time"};
    for (const char* clock : {"system", "observe", "simulated"}) {
        const bool steers = clock == std::string_view("system");
        expect_started(
            clock, as_unit, {},
            {.held = steers ? kClockAlone : kNone, .bounds = kClockAlone, .uid = nobody});
    }
}

// Where it may lock no more: tests/lab has it lock all.
TEST_F(Privileges, ItsKeyIsLockedUnderALowLimit) {
    give_all_to(nobody);
    look_at("simulated",
            {"prlimit", "--memlock=65536", "setpriv", "--reuid", nobody, "--clear-groups"}, {},
            [](pid_t pid) {
                EXPECT_GT(proc_status(pid, "VmLck"), 0);
                EXPECT_LE(proc_status(pid, "VmLck"), 64);
            });
}

// More than it asked for, and none of it to keep.
TEST_F(Privileges, TooManyAmbientCapabilitiesAreDropped) {
    give_all_to(nobody);
    const std::string many = "-all,+sys_time,+net_admin,+sys_ptrace";
    const Arguments generous{
        "setpriv",        "--reuid", nobody,       "--regid", nobody,           "--clear-groups",
        "--bounding-set", many,      "--inh-caps", many,      "--ambient-caps", many};
    expect_started("system", generous, {},
                   {.held = kClockAlone, .bounds = "0000000002081000", .uid = nobody});
}

TEST_F(Privileges, WhereTheyCannotBeDroppedItDoesNotRun) {
    for (const char* missing : {"-setuid", "-setgid", "-setpcap"}) {
        const Outcome outcome = refused(
            {"setpriv", "--bounding-set", missing, "--inh-caps", missing}, {"--user", "nobody"});
        EXPECT_EQ(outcome.code, kConfiguration) << missing << outcome.err;
        EXPECT_NE(outcome.err.find("cannot change to user " + nobody), std::string::npos)
            << missing << outcome.err;
        EXPECT_NE(outcome.err.find("start as root, or leave out the user"), std::string::npos);
    }
    give_all_to(nobody);
    const Outcome by_user = refused(
        {"setpriv", "--reuid", nobody, "--regid", nobody, "--clear-groups"}, {"--user", "root"});
    EXPECT_EQ(by_user.code, kConfiguration) << by_user.err;
    EXPECT_NE(by_user.err.find("only root can"), std::string::npos) << by_user.err;
}

}  // namespace
}  // namespace berkeley::test
