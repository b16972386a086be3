// What the service manager hears: sd_notify(3) over a socket of the test's own.
#include <chrono>
#include <csignal>
#include <ctime>

#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/datagram_ear.hpp"

namespace berkeley::test {
namespace {

class ServiceManager {
  public:
    explicit ServiceManager(const std::filesystem::path& path) : path_(path), ear_(path) {}

    std::string variable() const { return "NOTIFY_SOCKET=" + path_.string(); }

    // The first line that starts so, of what has been heard or is to come.
    std::optional<std::string> hear(std::string_view start, Seconds within) {
        std::optional<std::string> found;
        wait_until(
            within,
            [this, start, &found] {
                listen();
                for (const std::string& line : lines_) {
                    if (!found && line.starts_with(start))
                        found = line;
                }
                return found.has_value();
            },
            Seconds{0.01});
        return found;
    }

    std::size_t heard(std::string_view start) {
        listen();
        return static_cast<std::size_t>(
            std::ranges::count_if(lines_, [start](const auto& l) { return l.starts_with(start); }));
    }

    void forget() {
        listen();
        lines_.clear();
    }

  private:
    void listen() {
        for (const std::string& datagram : ear_.take()) {
            std::istringstream text(datagram);
            for (std::string line; std::getline(text, line);)
                lines_.push_back(line);
        }
    }

    std::filesystem::path path_;
    DatagramEar ear_;
    std::vector<std::string> lines_;
};

TEST(Notify, TellsTheServiceManagerOfStartStateAndStop) {
    Cluster cluster({.nodes = {{.name = "n1"}, {.name = "n2", .offset_ms = 0.1}}});
    ServiceManager manager(cluster.folder() / "notify");
    NodeProcess& member = cluster["n2"];
    member.start({manager.variable()});
    EXPECT_TRUE(manager.hear("READY=1", Seconds{5}));
    const auto first = manager.hear("STATUS=", Seconds{5});
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->starts_with("STATUS=Starting as member")) << *first;
    EXPECT_EQ(manager.heard("WATCHDOG=1"), 0U);  // not asked for

    cluster["n1"].start();
    ASSERT_TRUE(member.synchronized(Seconds{20}));
    EXPECT_TRUE(manager.hear("STATUS=Synchronized as member of n1", Seconds{15}));
    EXPECT_EQ(manager.heard("READY=1"), 1U);

    EXPECT_EQ(manager.heard("STOPPING=1"), 0U);
    EXPECT_EQ(member.stop(), 0);
    EXPECT_TRUE(manager.hear("STOPPING=1", Seconds{1}));
    EXPECT_FALSE(std::filesystem::exists(member.socket()));
}

TEST(Notify, IsReadyOnlyWhenTheControlSocketAnswers) {
    Cluster cluster({.nodes = {{.name = "n1"}}});
    ServiceManager manager(cluster.folder() / "notify");
    const Process daemon({built("berkeleyd"), "--config", cluster["n1"].config()},
                         {manager.variable()});
    ASSERT_TRUE(manager.hear("READY=1", Seconds{10}));
    EXPECT_NE(cluster["n1"].ctl({"status"}).code, 3);
}

TEST(Notify, AStartThatFailsTellsWhy) {
    const TemporaryFolder folder;
    ServiceManager manager(folder / "notify");
    Process daemon({built("berkeleyd"), "--config", folder / "none.toml"}, {manager.variable()});
    EXPECT_EQ(daemon.wait(Seconds{10}), 2);
    const auto status = manager.hear("STATUS=", Seconds{5});
    ASSERT_TRUE(status);
    EXPECT_NE(status->find("berkeleyctl join"), std::string::npos) << *status;
    EXPECT_EQ(manager.heard("READY=1"), 0U);
}

TEST(Notify, FeedsTheWatchdogTwiceAsOftenAsItMust) {
    Cluster cluster({.nodes = {{.name = "n1"}}});
    ServiceManager manager(cluster.folder() / "notify");
    NodeProcess& node = cluster["n1"];
    node.start({manager.variable(), "WATCHDOG_USEC=1000000"});
    ASSERT_TRUE(manager.hear("WATCHDOG=1", Seconds{5}));
    for (int second = 0; second < 3; ++second) {
        manager.forget();
        std::this_thread::sleep_for(Seconds{1});
        EXPECT_GE(manager.heard("WATCHDOG=1"), 2U);
    }
    node.signal(SIGSTOP);  // a daemon that hangs feeds nothing
    std::this_thread::sleep_for(Seconds{0.1});
    manager.forget();
    std::this_thread::sleep_for(Seconds{0.6});
    EXPECT_EQ(manager.heard("WATCHDOG=1"), 0U);
    node.signal(SIGCONT);
    EXPECT_TRUE(manager.hear("WATCHDOG=1", Seconds{5}));
}

TEST(Notify, AReloadBeginsAndEndsInWords) {
    Cluster cluster({.nodes = {{.name = "n1"}}});
    ServiceManager manager(cluster.folder() / "notify");
    NodeProcess& node = cluster["n1"];
    node.start({manager.variable()});
    ASSERT_TRUE(manager.hear("READY=1", Seconds{5}));
    manager.forget();
    node.signal(SIGHUP);
    ASSERT_TRUE(manager.hear("RELOADING=1", Seconds{5}));
    const auto since = manager.hear("MONOTONIC_USEC=", Seconds{1});
    ASSERT_TRUE(since);
    const double seconds = std::stod(since->substr(since->find('=') + 1)) * 1e-6;
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    EXPECT_NEAR(seconds, static_cast<double>(now.tv_sec), 5);
    EXPECT_TRUE(manager.hear("READY=1", Seconds{5}));
    EXPECT_TRUE(manager.hear("STATUS=", Seconds{1}));
    node.signal(SIGINT);
    EXPECT_TRUE(wait_until(Seconds{5}, [&node] { return !node.running(); }));
}

// Not with the next figures, some seconds later.
TEST(Notify, AnotherStateIsToldAtOnce) {
    Cluster cluster({.nodes = {{.name = "n1"}, {.name = "n2"}}, .step_threshold = kStepAtOnce});
    ServiceManager manager(cluster.folder() / "notify");
    NodeProcess& member = cluster["n2"];
    cluster["n1"].start();
    member.start({manager.variable()});
    ASSERT_TRUE(manager.hear("STATUS=Synchronized as member of n1", Seconds{20}));
    for (int turn = 0; turn < 2; ++turn) {
        manager.forget();
        ASSERT_EQ(cluster["n1"].stop(), 0);  // it says goodbye
        ASSERT_TRUE(
            wait_until(Seconds{5}, [&] { return member.state() == "holdover"; }, Seconds{0.02}));
        EXPECT_TRUE(manager.hear("STATUS=Holding over as member", Seconds{0.3}));
        manager.forget();
        cluster["n1"].start();
        ASSERT_TRUE(wait_until(
            Seconds{15}, [&] { return member.state() == "synchronized"; }, Seconds{0.02}));
        EXPECT_TRUE(manager.hear("STATUS=Synchronized as member of n1", Seconds{0.3}));
    }
}

}  // namespace
}  // namespace berkeley::test
