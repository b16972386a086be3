// `watch` on a terminal: a pseudo-terminal whose other end is the test.
#include <chrono>

#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/unit/ctl/ctl_fixture.hpp"

namespace berkeley {
namespace {

class Terminal {
  public:
    Terminal(const std::vector<std::string>& words, unsigned short columns, const char* term) {
        winsize size{24, columns, 0, 0};
        child_ = forkpty(&master_, nullptr, nullptr, &size);
        if (child_ == 0) {
            setenv("TERM", term, 1);
            unsetenv("NO_COLOR");
            setenv("LC_ALL", "C.UTF-8", 1);
            std::vector<char*> arguments;
            for (const std::string& word : words)
                arguments.push_back(const_cast<char*>(word.c_str()));
            arguments.push_back(nullptr);
            execv(arguments[0], arguments.data());
            _exit(127);
        }
    }
    ~Terminal() {
        if (child_ > 0) {
            kill(child_, SIGKILL);
            waitpid(child_, nullptr, 0);
        }
        close(master_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    // What came since the last call, up to and with `text`; empty if it did not come in 10 s.
    std::string until(std::string_view text) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (seen_.find(text) == std::string::npos) {
            if (std::chrono::steady_clock::now() > end || !read_some())
                return {};
        }
        const std::size_t size = seen_.find(text) + text.size();
        std::string part = seen_.substr(0, size);
        seen_.erase(0, size);
        return part;
    }

    void resize(unsigned short rows, unsigned short columns) {
        winsize size{rows, columns, 0, 0};
        ioctl(master_, TIOCSWINSZ, &size);
    }

    void type(std::string_view keys) {
        ASSERT_EQ(write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }

    // Its exit code, once it has ended; `rest` takes what it still wrote.
    int ended(std::string& rest) {
        while (read_some()) {
        }
        rest = seen_;
        int status = 0;
        waitpid(std::exchange(child_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    bool read_some() {
        pollfd waiting{master_, POLLIN, 0};
        if (poll(&waiting, 1, 10'000) <= 0)
            return false;
        std::array<char, 4096> bytes;
        const ssize_t size = read(master_, bytes.data(), bytes.size());
        if (size <= 0)
            return false;
        seen_.append(bytes.data(), static_cast<std::size_t>(size));
        return true;
    }

    int master_ = -1;
    pid_t child_ = -1;
    std::string seen_;
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::vector<std::string> watching(const std::filesystem::path& socket) {
    return {berkeleyctl().native(), "watch", "--interval", "0.1", "--socket", socket.native()};
}

constexpr std::string_view kFrameEnd = "Ctrl-C ends";

TEST(Watch, CtrlCLeavesTheTerminalAsItWas) {
    ServerThread server;
    Terminal terminal(watching(server.path()), 80, "xterm");
    const std::string first = terminal.until(kFrameEnd);
    EXPECT_TRUE(has(first, "\x1b[?1049h\x1b[?25l\x1b[?7l"));
    EXPECT_TRUE(has(first, "\x1b[32msynchronized\x1b[0m"));
    const std::string second = terminal.until(kFrameEnd);
    EXPECT_TRUE(has(second, "\x1b[H"));
    EXPECT_FALSE(has(second, "\x1b[2J")) << "clearing flickers";
    terminal.type("\x03");
    std::string rest;
    EXPECT_EQ(terminal.ended(rest), 0);
    const auto left = rest.rfind("\x1b[?7h\x1b[?25h\x1b[?1049l");
    ASSERT_NE(left, std::string::npos);
    EXPECT_TRUE(has(rest.substr(left), "synchronized")) << "what was seen last stays";
}

TEST(Watch, TheWindowsNewSizeIsTakenAtOnce) {
    FakeSource source;
    source.list.assign(60, source.list[1]);
    ServerThread server(source);
    std::vector<std::string> words = watching(server.path());
    words[3] = "30";
    Terminal terminal(words, 80, "xterm");
    EXPECT_TRUE(has(terminal.until(kFrameEnd), "freq ppm"));
    terminal.resize(12, 40);
    const std::string small = terminal.until(kFrameEnd);
    ASSERT_FALSE(small.empty());
    EXPECT_FALSE(has(small, "freq ppm"));
    EXPECT_LE(std::count(small.begin(), small.end(), '\n'), 12);
}

TEST(Watch, ADaemonThatGoesIsWaitedFor) {
    TemporaryFolder folder;
    const auto socket = folder / "control.sock";
    auto server = std::make_unique<ServerThread>();
    std::filesystem::create_symlink(server->path(), socket);
    Terminal terminal(watching(socket), 80, "xterm");
    EXPECT_FALSE(terminal.until("synchronized").empty());
    server.reset();
    const std::string gone = terminal.until("so far");
    EXPECT_TRUE(has(gone, "no daemon answers on"));
    FakeSource later;
    later.node.node = "afterwards";
    server = std::make_unique<ServerThread>(later);
    std::filesystem::remove(socket);
    std::filesystem::create_symlink(server->path(), socket);
    EXPECT_FALSE(terminal.until("afterwards").empty());
    server.reset();
    EXPECT_FALSE(terminal.until("so far").empty());
    terminal.type("\x03");
    std::string rest;
    EXPECT_EQ(terminal.ended(rest), 0);
}

TEST(Watch, AScriptIsToldThatTheDaemonIsGone) {
    TemporaryFolder folder;
    auto server = std::make_unique<ServerThread>();
    const std::string command =
        fmt::format("{} watch --json --interval 0.1 --socket {} >{} 2>{}; echo $? >{}",
                    berkeleyctl().native(), server->path().native(), (folder / "out").native(),
                    (folder / "err").native(), (folder / "code").native());
    std::thread watcher([&command] { EXPECT_EQ(std::system(command.c_str()), 0); });
    for (int i = 0; i < 500 && server->clients() == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    server.reset();
    watcher.join();
    EXPECT_EQ(slurp(folder / "code"), "3\n");
    EXPECT_TRUE(has(slurp(folder / "err"), "no daemon answers on"));
}

TEST(Watch, CtrlZGivesTheShellItsScreen) {
    ServerThread server;
    Terminal terminal(watching(server.path()), 80, "xterm");
    EXPECT_FALSE(terminal.until(kFrameEnd).empty());
    terminal.type("\x1a");
    EXPECT_FALSE(terminal.until("\x1b[?1049l").empty());
}

TEST(Watch, ADumbTerminalGetsBlocksWithoutControls) {
    ServerThread server;
    std::vector<std::string> words = watching(server.path());
    words.insert(words.end(), {"--count", "2"});
    Terminal terminal(words, 80, "dumb");
    std::string out;
    EXPECT_EQ(terminal.ended(out), 0);
    EXPECT_FALSE(has(out, "\x1b"));
    EXPECT_TRUE(has(out, "\r\n\r\nnode1 is synchronized"));
}

}  // namespace
}  // namespace berkeley
