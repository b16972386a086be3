#include "daemon/platform/stamped_socket.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/platform/clock_bracket.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley {
namespace {

Endpoint loopback(std::uint16_t port = 0) {
    Endpoint endpoint;
    endpoint.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    endpoint.port = port;
    return endpoint;
}

Endpoint any() {
    return Endpoint{};
}

void wait_for(const StampedSocket& socket) {
    pollfd waiting{socket.fd(), POLLIN, 0};
    poll(&waiting, 1, 1000);
}

std::optional<ReceivedDatagram> receive(StampedSocket& socket, std::span<std::uint8_t> buffer) {
    wait_for(socket);
    return socket.receive(buffer);
}

const std::array<std::uint8_t, 5> kHello{'h', 'e', 'l', 'l', 'o'};

TEST(SocketAddress, GoesThereAndBack) {
    Endpoint v6;
    v6.address = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    v6.port = 10525;
    v6.scope = 3;
    EXPECT_EQ(to_endpoint(*to_socket_address(v6, AF_INET6)), v6);
    EXPECT_EQ(endpoint_text(v6), "[fe80::1%3]:10525");
    EXPECT_FALSE(to_socket_address(v6, AF_INET));
    EXPECT_EQ(to_endpoint(*to_socket_address(loopback(7), AF_INET)), loopback(7));
    EXPECT_EQ(to_endpoint(*to_socket_address(loopback(7), AF_INET6)), loopback(7));
    EXPECT_EQ(endpoint_text(loopback(7)), "127.0.0.1:7");
}

TEST(StampedSocket, StampsWhatComesAndWhatGoes) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b) << a.error();
    std::array<std::uint8_t, 256> buffer{};
    bool received_stamp = false;
    // The kernel begins to stamp what comes only a while after it was asked to.
    for (std::uint32_t i = 0; i < 500 && !received_stamp; ++i) {
        const ClockBracket before = read_clock_bracket();
        const auto id = a->send(kHello, b->local());
        ASSERT_TRUE(id);
        EXPECT_EQ(*id, i);
        const auto received = receive(*b, buffer);
        const ClockBracket after = read_clock_bracket();
        ASSERT_TRUE(received);
        EXPECT_EQ(received->size, kHello.size());
        EXPECT_EQ(received->from, a->local());
        const auto sent = a->take_sent_stamp();
        ASSERT_TRUE(sent);
        EXPECT_EQ(sent->id, i);
        EXPECT_TRUE(translate_stamp(sent->stamp, before, after));
        if (received->stamp) {
            received_stamp = true;
            EXPECT_TRUE(translate_stamp(*received->stamp, before, after));
            EXPECT_GE(*received->stamp, sent->stamp);
        } else {
            usleep(2000);
        }
    }
    EXPECT_TRUE(received_stamp);
    EXPECT_FALSE(a->take_sent_stamp());
    EXPECT_FALSE(b->receive(buffer));
}

TEST(StampedSocket, TellsTheTrueSizeOfWhatIsTooLarge) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b);
    const std::array<std::uint8_t, 1000> large{};
    std::array<std::uint8_t, 100> buffer{};
    ASSERT_TRUE(a->send(large, b->local()));
    const auto received = receive(*b, buffer);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->size, 1000U);
    ASSERT_TRUE(a->send({}, b->local()));
    EXPECT_EQ(receive(*b, buffer)->size, 0U);
}

TEST(StampedSocket, DualStackHearsIpv4) {
    auto server = StampedSocket::open(any());
    auto client = StampedSocket::open(loopback());
    ASSERT_TRUE(server && client) << server.error();
    EXPECT_TRUE(server->reaches(loopback(1)));
    std::array<std::uint8_t, 64> buffer{};
    ASSERT_TRUE(client->send(kHello, loopback(server->local().port)));
    const auto received = receive(*server, buffer);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->from, client->local());
    const auto id = server->send(kHello, received->from);
    ASSERT_TRUE(id);
    ASSERT_TRUE(receive(*client, buffer));
    const auto sent = server->take_sent_stamp();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->id, *id);
}

TEST(StampedSocket, AClosedPortIsNoHindrance) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b);
    Endpoint nobody;
    {
        auto gone = StampedSocket::open(loopback());
        ASSERT_TRUE(gone);
        nobody = gone->local();
    }
    std::array<std::uint8_t, 64> buffer{};
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(a->send(kHello, nobody));
        EXPECT_TRUE(a->send(kHello, b->local()));
        EXPECT_TRUE(receive(*b, buffer));
    }
    EXPECT_FALSE(a->receive(buffer));
}

TEST(StampedSocket, IdsBeginAgainAfterAFailure) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(a->send(kHello, b->local()));
    Endpoint elsewhere;
    elsewhere.address = {0x20, 0x01, 0x0d, 0xb8};
    elsewhere.port = 9;
    EXPECT_FALSE(a->reaches(elsewhere));
    EXPECT_EQ(a->send(kHello, elsewhere).error(), EAFNOSUPPORT);
    Endpoint too_far = loopback(9);  // 203.0.113.1 from a socket bound to 127.0.0.1
    too_far.address[12] = 203;
    too_far.address[13] = 0;
    too_far.address[14] = 113;
    EXPECT_FALSE(a->send(kHello, too_far));
    const auto id = a->send(kHello, b->local());
    ASSERT_TRUE(id);
    const auto sent = a->take_sent_stamp();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->id, *id);
    EXPECT_EQ(*id, 0U);
}

TEST(StampedSocket, SaysWhatStandsInTheWay) {
    auto first = StampedSocket::open(loopback());
    ASSERT_TRUE(first);
    const auto second = StampedSocket::open(first->local());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find(fmt::format("(pid {}) has that port", getpid())),
              std::string::npos)
        << second.error();
    Endpoint foreign = loopback();
    foreign.address[12] = 203;
    const auto third = StampedSocket::open(foreign);
    ASSERT_FALSE(third);
    EXPECT_NE(third.error().find("no such address"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
