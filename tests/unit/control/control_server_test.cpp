// The control socket against clients of every kind. A client here is a bare socket: what it sends
// is not limited to what our own client would.
#include "daemon/app/control_server.hpp"

#include <cstring>
#include <fstream>
#include <vector>

#include <boost/json.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/control/server_thread.hpp"

namespace berkeley {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kStatus = "{\"method\":\"org.berkeleyd.Control.Status\"}\0"sv;
constexpr std::string_view kWatch =
    "{\"method\":\"org.berkeleyd.Control.Watch\",\"more\":true,"
    "\"parameters\":{\"interval_ms\":50}}\0"sv;

class Peer {
  public:
    explicit Peer(const std::filesystem::path& path, int receive_buffer = 0)
        : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{5, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (receive_buffer > 0)
            setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.native().size());
        connected_ =
            connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~Peer() { close(socket_); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    bool connected() const { return connected_; }
    void half_close() const { shutdown(socket_, SHUT_WR); }

    bool say(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    // One message without its NUL; empty at the end of the stream or after 5 s.
    std::string hear() const {
        std::string message;
        for (char c = 0; recv(socket_, &c, 1, 0) == 1 && c != '\0';)
            message += c;
        return message;
    }

    // Whether the server ends the connection within 5 s.
    bool ended() const {
        char c = 0;
        ssize_t size = 0;
        while ((size = recv(socket_, &c, 1, 0)) == 1) {
        }
        return size == 0 || errno == ECONNRESET;
    }

  private:
    int socket_;
    bool connected_ = false;
};

bool good_status(const std::string& message) {
    return message.starts_with(R"({"parameters":{"status":{"role":"master",)");
}

TEST(ControlServer, AnswersAllLocalUsers) {
    ServerThread server;
    struct stat found{};
    ASSERT_EQ(lstat(server.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0666U);
    const Peer peer(server.path());
    ASSERT_TRUE(peer.say(kStatus));
    EXPECT_TRUE(good_status(peer.hear()));
}

TEST(ControlServer, AnswersCallsInOrderHoweverTheyAreCut) {
    ServerThread server;
    const Peer peer(server.path());
    const std::string three = std::string(kStatus) +
                              "{\"method\":\"org.berkeleyd.Control.Status\",\"oneway\":true}" +
                              '\0' + "{\"method\":\"x.Y\"}" + '\0' + std::string(kStatus);
    for (const char c : three)
        ASSERT_TRUE(peer.say({&c, 1}));
    EXPECT_TRUE(good_status(peer.hear()));
    EXPECT_TRUE(peer.hear().starts_with(R"({"error":"org.varlink.service.InterfaceNotFound")"));
    EXPECT_TRUE(good_status(peer.hear()));
}

TEST(ControlServer, AHalfClosedClientIsStillAnswered) {
    ServerThread server;
    const Peer peer(server.path());
    ASSERT_TRUE(peer.say(std::string(kStatus) + std::string(kStatus)));
    peer.half_close();
    EXPECT_TRUE(good_status(peer.hear()));
    EXPECT_TRUE(good_status(peer.hear()));
    EXPECT_TRUE(peer.ended());
}

TEST(ControlServer, WatchStreamsAlsoToAHalfClosedClient) {
    ServerThread server;
    const Peer peer(server.path());
    ASSERT_TRUE(peer.say(kWatch));
    peer.half_close();
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(peer.hear().ends_with(R"("continues":true})"));
}

TEST(ControlServer, GarbageEndsTheConnectionAndNoOther) {
    ServerThread server;
    const Peer good(server.path());
    for (const std::string_view bytes :
         {"garbage\0"sv, "{}\0"sv, "[]\0"sv, "\0"sv, "\xff\xfe\0"sv}) {
        const Peer peer(server.path());
        ASSERT_TRUE(peer.say(bytes));
        EXPECT_TRUE(peer.ended());
    }
    ASSERT_TRUE(good.say(kStatus));
    EXPECT_TRUE(good_status(good.hear()));
}

TEST(ControlServer, AHundredMegabytesAreNotTaken) {
    ServerThread server;
    const Peer peer(server.path());
    EXPECT_FALSE(peer.say(std::string(100'000'000, 'x')));
    const Peer watcher(server.path());
    ASSERT_TRUE(watcher.say(kWatch));
    EXPECT_FALSE(watcher.say(std::string(100'000'000, 'x')));
}

TEST(ControlServer, HalfAMessageKeepsNoPlace) {
    ControlLimits limits;
    limits.idle = std::chrono::milliseconds(200);
    ServerThread server({}, limits);
    const Peer silent(server.path());
    const Peer slow(server.path());
    bool open = true;
    // A byte at a time does not buy more of it.
    for (int i = 0; i < 50 && open; ++i) {
        open = slow.say("x");
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_FALSE(open);
    EXPECT_TRUE(silent.ended());
    EXPECT_EQ(server.clients(), 0U);
}

TEST(ControlServer, WhoDoesNotReadIsDroppedAndKeepsNoMemory) {
    FakeSource source;
    source.list.resize(5000, source.list.back());  // a megabyte of answer
    ControlLimits limits;
    limits.write = std::chrono::milliseconds(300);
    ServerThread server(source, limits);
    const Peer deaf(server.path());
    ASSERT_TRUE(deaf.say("{\"method\":\"org.berkeleyd.Control.Members\"}\0"sv));
    const Peer watcher(server.path());
    ASSERT_TRUE(watcher.say(kWatch));
    const Peer good(server.path());
    ASSERT_TRUE(good.say(kStatus));
    EXPECT_TRUE(good_status(good.hear()));
    for (int i = 0; i < 100 && server.clients() > 1; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(server.clients(), 1U);
}

TEST(ControlServer, WhoCallsTooOftenWaits) {
    ControlLimits limits;
    limits.calls_per_second = 5;
    ServerThread server({}, limits);
    const Peer peer(server.path());
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(peer.say(kStatus));
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(good_status(peer.hear()));
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(800));
}

TEST(ControlServer, AUsersClientsShareOneLimit) {
    ControlLimits limits;
    limits.user_calls_per_second = 6;
    ServerThread server({}, limits);
    const Peer one(server.path());
    const Peer two(server.path());
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 6; ++i) {
        for (const Peer* peer : {&one, &two}) {
            ASSERT_TRUE(peer->say(kStatus));
            EXPECT_TRUE(good_status(peer->hear()));
        }
    }
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(900));
}

TEST(ControlServer, NewClientsPushOutIdleOnes) {
    ControlLimits limits;
    limits.clients = 4;
    ServerThread server({}, limits);
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 4; ++i) {
        peers.push_back(std::make_unique<Peer>(server.path()));
        ASSERT_TRUE(peers.back()->say(i == 0 ? kWatch : kStatus));
        EXPECT_FALSE(peers.back()->hear().empty());
    }
    const Peer fifth(server.path());
    ASSERT_TRUE(fifth.say(kStatus));
    EXPECT_TRUE(good_status(fifth.hear()));
    EXPECT_TRUE(peers[1]->ended());          // idle for longest
    EXPECT_FALSE(peers[0]->hear().empty());  // watching
    EXPECT_EQ(server.clients(), 4U);
}

TEST(ControlServer, TenThousandConnectionsLeaveItAnswering) {
    ControlLimits limits;
    limits.accepts_per_second = 100'000;
    ServerThread server({}, limits);
    std::vector<std::unique_ptr<Peer>> held;
    for (int i = 0; i < 10'000; ++i) {
        auto peer = std::make_unique<Peer>(server.path());
        if (held.size() < 500)
            held.push_back(std::move(peer));
    }
    EXPECT_LE(server.clients(), limits.clients);
    const Peer peer(server.path());
    ASSERT_TRUE(peer.say(kStatus));
    EXPECT_TRUE(good_status(peer.hear()));
}

TEST(RateLimit, TheFirstOfASecondCountsToo) {
    RateLimit limit;
    limit.count();
    EXPECT_EQ(limit.wait(2), std::chrono::milliseconds::zero());
    limit.count();
    EXPECT_GT(limit.wait(2), std::chrono::milliseconds::zero());
}

TEST(ControlServer, AFloodOfConnectionsIsAcceptedSlowly) {
    ControlLimits limits;
    limits.accepts_per_second = 10;
    ServerThread server({}, limits);
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 15; ++i)
        peers.push_back(std::make_unique<Peer>(server.path()));
    const std::size_t accepted = server.clients();
    const auto seconds =
        std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    EXPECT_LE(accepted, limits.accepts_per_second * static_cast<std::size_t>(seconds.count()));
    ASSERT_TRUE(peers.back()->say(kStatus));
    EXPECT_TRUE(good_status(peers.back()->hear()));  // a second later
}

TEST(ControlServer, AStaleSocketIsReplacedAndALiveOneIsNot) {
    const TemporaryFolder folder;
    const auto path = folder / "control.sock";
    {
        // Bound, never listened on, and left behind: as after SIGKILL.
        const int stale = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.native().size());
        ASSERT_EQ(bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        close(stale);
    }
    boost::asio::io_context context;
    FakeSource source;
    FakeOperations operations;
    ControlServer first(context, path, source, operations, {});
    ASSERT_TRUE(first.start());
    ControlServer second(context, path, source, operations, {});
    const auto refused = second.start();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("another daemon answers on"), std::string::npos);
    second.stop();
    EXPECT_TRUE(std::filesystem::exists(path));
    first.stop();
    EXPECT_FALSE(std::filesystem::exists(path));
    first.stop();
}

TEST(ControlServer, ASuccessorsSocketIsLeftAlone) {
    const TemporaryFolder folder;
    const auto path = folder / "control.sock";
    boost::asio::io_context context;
    FakeSource source;
    FakeOperations operations;
    ControlServer first(context, path, source, operations, {});
    ASSERT_TRUE(first.start());
    std::filesystem::remove(path);
    ControlServer second(context, path, source, operations, {});
    ASSERT_TRUE(second.start());
    first.stop();
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(ControlServer, WhatStandsInTheWayIsNamed) {
    const TemporaryFolder folder;
    boost::asio::io_context context;
    FakeSource source;
    FakeOperations operations;
    const auto error = [&](const std::filesystem::path& path) {
        const auto started = ControlServer(context, path, source, operations, {}).start();
        return started ? "started" : started.error();
    };
    std::ofstream(folder / "file") << "mine";
    EXPECT_NE(error(folder / "file").find("is no socket: remove it"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(folder / "file"));
    EXPECT_NE(error(folder / "missing/control.sock").find("create its directory"),
              std::string::npos);
    EXPECT_NE(error(folder / std::string(120, 'x')).find("longer than"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
