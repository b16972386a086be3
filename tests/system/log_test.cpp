// Where the log goes, and what becomes of a daemon that cannot write one.
#include <csignal>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

class Log : public testing::Test {
  protected:
    // Runs the daemon's command line by sh, with such redirections.
    std::unique_ptr<Process> start(const std::string& redirections,
                                   const Environment& environment = {}) {
        NodeProcess& node = cluster["n1"];
        auto process =
            std::make_unique<Process>(Arguments{"sh", "-c", "exec \"$@\" " + redirections, "sh",
                                                built("berkeleyd"), "--config", node.config()},
                                      environment);
        EXPECT_TRUE(wait_until(Seconds{10}, [&node] { return node.ctl({"status"}).code != 3; }))
            << process->err();
        EXPECT_EQ(node.ctl({"waitsync", "--timeout", "20"}).code, 0);
        return process;
    }

    static int stop(Process& process) {
        process.signal(SIGTERM);
        return process.wait(Seconds{10}).value_or(-1);
    }

    Cluster cluster{{.nodes = {{.name = "n1"}}}};
};

// Without a number 2, the first socket opened would be it, and the log would be sent there.
TEST_F(Log, ClosedStandardStreamsHarmNothing) {
    const auto daemon = start("<&- >&- 2>&-");
    for (const char* fd : {"0", "1", "2"}) {
        const auto link = fmt::format("/proc/{}/fd/{}", daemon->pid(), fd);
        EXPECT_EQ(std::filesystem::read_symlink(link), "/dev/null") << fd;
    }
    EXPECT_EQ(stop(*daemon), 0);
}

TEST_F(Log, AReaderThatEndsDoesNotEndTheDaemon) {
    const std::filesystem::path pipe = cluster.folder() / "log";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    std::optional<FileDescriptor> reader(open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const auto daemon = start("2>" + pipe.string());
    reader.reset();
    daemon->signal(SIGHUP);  // it has something to write
    std::this_thread::sleep_for(Seconds{0.3});
    EXPECT_EQ(cluster["n1"].state(), "synchronized");
    EXPECT_EQ(stop(*daemon), 0);
}

TEST_F(Log, AJournalThatIsOnlyClaimedIsNotBelieved) {
    for (const char* lie : {"JOURNAL_STREAM=8:1", "JOURNAL_STREAM=", "JOURNAL_STREAM=nonsense"}) {
        const auto daemon = start("", {lie});
        EXPECT_NE(daemon->err().find("berkeleyd: synchronized"), std::string::npos)
            << lie << daemon->err();
        EXPECT_EQ(stop(*daemon), 0);
    }
}

}  // namespace
}  // namespace berkeley::test
