// Where the log goes, and what becomes of a daemon that cannot write one.
#include <algorithm>
#include <csignal>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/platform/journal_socket.hpp"
#include "daemon/platform/message_ids.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/datagram_ear.hpp"
#include "tests/system/support/requirement.hpp"

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

// A journal played by the test, where the daemon looks for it: in a mount namespace with a /run of
// its own. Its stderr is what JOURNAL_STREAM says, as systemd would have it.
class JournalPlayed : public testing::Test {
  protected:
    void SetUp() override {
        BERKELEYD_REQUIRE(is_root(), "needs root for a /run of its own");
        std::filesystem::create_directory(cluster.folder() / "journal");
        journal.emplace(cluster.folder() / "journal/socket");
        wrapper = {"unshare",
                   "--mount",
                   "sh",
                   "-c",
                   "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && mount --bind " +
                       (cluster.folder() / "journal").string() +
                       " /run/systemd/journal && JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2)"
                       " exec \"$@\"",
                   "sh"};
    }

    // The entry with this line, of those that came or are to come.
    bool hears(const std::string& line, std::string& entry) {
        return wait_until(Seconds{10}, [&] {
            for (std::string& each : journal->take())
                entries.push_back("\n" + each + "\n");
            const auto found = std::ranges::find_if(entries, [&line](const std::string& each) {
                return each.find("\n" + line + "\n") != std::string::npos;
            });
            if (found != entries.end())
                entry = *found;
            return found != entries.end();
        });
    }

    void expect_lines(const std::string& message_id, const std::vector<std::string>& lines) {
        std::string entry;
        ASSERT_TRUE(hears("MESSAGE_ID=" + std::string(message_id), entry)) << lines.front();
        for (const std::string& line : lines)
            EXPECT_NE(entry.find("\n" + line), std::string::npos) << line << "\n in " << entry;
    }

    Cluster cluster{{.nodes = {{.name = "n1"}}}};
    NodeProcess& node = cluster["n1"];
    std::optional<DatagramEar> journal;
    std::vector<std::string> entries;
    Arguments wrapper;
};

TEST_F(JournalPlayed, GetsIdsAndFields) {
    node.start({}, wrapper);
    ASSERT_TRUE(node.synchronized(Seconds{20}));
    expect_lines(std::string(message_id::kSynchronized),
                 {"PRIORITY=5\n", "MESSAGE=synchronized: ", "BERKELEYD_SUBJECT=n1\n"});
    ASSERT_EQ(node.ctl({"loglevel", "warning"}).code, 0);
    expect_lines(std::string(message_id::kOperatorAsked),
                 {fmt::format("BERKELEYD_CALLER_UID={}\n", geteuid()), "BERKELEYD_CALLER_PID="});
    std::filesystem::create_directory(node.config().string() + ".d");
    const auto drop_in = cluster.folder().write("n1.toml.d/1.toml", "\n  x = 1\n");
    node.signal(SIGHUP);
    expect_lines(std::string(message_id::kWrongConfiguration),
                 {"PRIORITY=3\n", "BERKELEYD_FILE=" + drop_in.string() + "\n", "BERKELEYD_LINE=2\n",
                  "BERKELEYD_COLUMN=3\n"});
    EXPECT_EQ(node.log(), "");

    journal.reset();  // the journal is gone: no word is lost
    node.signal(SIGHUP);
    EXPECT_TRUE(wait_until(Seconds{5}, [this] {
        return node.log().find("1.toml:2:3: unknown key 'x'") != std::string::npos;
    }));
}

// It is stopped, or its disk stalls: the clock's work goes on, and it is told later what it missed.
TEST_F(JournalPlayed, IsNotWaitedForWhereItDoesNotRead) {
    node.start({}, wrapper);
    ASSERT_TRUE(node.synchronized(Seconds{20}));
    const JournalSocket others(cluster.folder() / "journal/socket");
    const auto speak = [&others] { return others.send({{"MESSAGE", "so much to say"}}); };
    while (speak() == JournalSocket::Sent::taken) {
    }
    ASSERT_EQ(speak(), JournalSocket::Sent::full);
    node.signal(SIGHUP);
    std::this_thread::sleep_for(Seconds{0.3});
    EXPECT_EQ(node.state(), "synchronized");
    static_cast<void>(journal->take());
    node.signal(SIGHUP);
    EXPECT_TRUE(wait_until(Seconds{5}, [this] {
        const auto came = journal->take();
        return std::ranges::any_of(came, [](const std::string& entry) {
            return entry.find("before this one did not get into the journal") != std::string::npos;
        });
    }));
}

}  // namespace
}  // namespace berkeley::test
