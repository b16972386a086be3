#include "daemon/platform/slew_attendant.hpp"

#include <array>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berkeley {
namespace {

std::string proc_file(pid_t pid, const char* name) {
    std::ifstream file(fmt::format("/proc/{}/{}", pid, name));
    return {std::istreambuf_iterator<char>(file), {}};
}

// A zombie has ended, too.
bool ended(pid_t pid) {
    const std::string status = proc_file(pid, "status");
    return status.empty() || status.find("State:\tZ") != std::string::npos;
}

template <class Condition>
bool soon(Condition condition) {
    for (int i = 0; i < 500 && !condition(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
}

// A daemon in a process of its own, with an attendant, which waits to be killed.
class DaemonWithAttendant {
  public:
    DaemonWithAttendant() {
        std::array<int, 2> told{};
        EXPECT_EQ(pipe(told.data()), 0);
        daemon_ = fork();
        if (daemon_ == 0) {
            std::signal(SIGTERM, [](int) {});  // the daemon has an end of its own
            auto attendant = SlewAttendant::start();
            const pid_t pid = attendant ? attendant->pid() : -1;
            if (write(told[1], &pid, sizeof pid) != sizeof pid)
                _exit(1);
            while (true)
                pause();
        }
        EXPECT_EQ(read(told[0], &attendant_, sizeof attendant_), ssize_t{sizeof attendant_});
        close(told[0]);
        close(told[1]);
    }
    ~DaemonWithAttendant() {
        kill_daemon();
        kill(attendant_, SIGKILL);
    }
    DaemonWithAttendant(const DaemonWithAttendant&) = delete;
    DaemonWithAttendant& operator=(const DaemonWithAttendant&) = delete;

    pid_t attendant() const { return attendant_; }
    void kill_daemon() {
        if (daemon_ <= 0)
            return;
        kill(daemon_, SIGKILL);
        waitpid(daemon_, nullptr, 0);
        daemon_ = -1;
    }

  private:
    pid_t daemon_ = -1;
    pid_t attendant_ = -1;
};

TEST(SlewAttendant, LivesAsLongAsTheDaemonAndEndsAfterIt) {
    DaemonWithAttendant both;
    ASSERT_GT(both.attendant(), 0);
    EXPECT_TRUE(soon([&both] { return proc_file(both.attendant(), "comm") == "berkeleyd-slew\n"; }))
        << proc_file(both.attendant(), "comm");
    EXPECT_FALSE(ended(both.attendant()));
    both.kill_daemon();
    EXPECT_TRUE(soon([&both] { return ended(both.attendant()); }));
}

TEST(SlewAttendant, HoldsNoCapabilityAndNoFileButItsCalls) {
    DaemonWithAttendant both;
    const auto confined = [&both] {
        const std::string status = proc_file(both.attendant(), "status");
        return status.find("CapEff:\t0000000000000000") != std::string::npos &&
               status.find("CapPrm:\t0000000000000000") != std::string::npos &&
               status.find("NoNewPrivs:\t1") != std::string::npos;
    };
    EXPECT_TRUE(soon(confined)) << proc_file(both.attendant(), "status");
    const auto open_files = [&both] {
        const auto folder = fmt::format("/proc/{}/fd", both.attendant());
        return std::distance(std::filesystem::directory_iterator(folder), {});
    };
    EXPECT_TRUE(soon([&open_files] { return open_files() == 1; })) << open_files();
}

TEST(SlewAttendant, IsNotEndedByWhatTheTerminalSends) {
    DaemonWithAttendant both;
    ASSERT_TRUE(
        soon([&both] { return proc_file(both.attendant(), "comm") == "berkeleyd-slew\n"; }));
    kill(both.attendant(), SIGINT);
    kill(both.attendant(), SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(ended(both.attendant()));
    kill(both.attendant(), SIGTERM);
    EXPECT_TRUE(soon([&both] { return ended(both.attendant()); }));
}

TEST(SlewAttendant, CallsNeverWait) {
    auto attendant = SlewAttendant::start();
    ASSERT_TRUE(attendant) << attendant.error();
    kill(attendant->pid(), SIGSTOP);
    for (int i = 0; i < 100'000; ++i)
        attendant->attend();
    kill(attendant->pid(), SIGKILL);
    waitpid(attendant->pid(), nullptr, 0);
    attendant->attend();  // nobody is there any more, and nothing happens to us
}

// Without a slew there is nothing to wait for.
TEST(SlewAttendant, TheTurnOfASecondIsThere) {
    attend_turn_of_second();
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    EXPECT_GE(now.tv_nsec, 15'000'000);
    EXPECT_LT(now.tv_nsec, 500'000'000);
}

}  // namespace
}  // namespace berkeley
