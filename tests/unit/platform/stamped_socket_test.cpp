#include "daemon/platform/stamped_socket.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/platform/clock_bracket.hpp"
#include "daemon/platform/datagram_batch.hpp"
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

// The next one, if exactly one is there.
std::optional<ReceivedDatagram> receive(const StampedSocket& socket, DatagramBatch& batch) {
    wait_for(socket);
    const auto received = batch.receive(socket.fd());
    return received.size() == 1 ? std::optional(received.front()) : std::nullopt;
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
    DatagramBatch batch(256);
    bool received_stamp = false;
    // The kernel begins to stamp what comes only a while after it was asked to.
    for (std::uint32_t i = 0; i < 500 && !received_stamp; ++i) {
        const ClockBracket before = read_clock_bracket();
        const auto id = a->send_stamped(kHello, b->local());
        ASSERT_TRUE(id);
        EXPECT_EQ(*id, i);
        const auto received = receive(*b, batch);
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
    EXPECT_TRUE(batch.receive(b->fd()).empty());
}

// Answers to strangers use up no ids, and leave nothing in the error queue.
TEST(StampedSocket, StampsOnlyWhatIsSentForIt) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b);
    for (std::uint32_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(a->send(kHello, b->local()));
        EXPECT_FALSE(a->take_sent_stamp());
        ASSERT_TRUE(a->send_stamped(kHello, b->local()));
        const auto sent = a->take_sent_stamp();
        ASSERT_TRUE(sent);
        EXPECT_EQ(sent->id, i);
    }
}

TEST(StampedSocket, TellsTheTrueSizeOfWhatIsTooLarge) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b);
    const std::array<std::uint8_t, 1000> large{};
    DatagramBatch batch(100);
    ASSERT_TRUE(a->send(large, b->local()));
    const auto received = receive(*b, batch);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->size, 1000U);
    EXPECT_EQ(received->bytes.size(), 100U);
    ASSERT_TRUE(a->send({}, b->local()));
    EXPECT_EQ(receive(*b, batch)->size, 0U);
}

TEST(StampedSocket, TakesWhatIsWaitingAtOnce) {
    auto a = StampedSocket::open(loopback());
    auto other = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && other && b);
    constexpr std::size_t kMany = DatagramBatch::kMost + 3;
    for (std::size_t i = 0; i < kMany; ++i) {
        const std::vector<std::uint8_t> bytes(i + 1, static_cast<std::uint8_t>(i));
        ASSERT_TRUE((i % 2 == 0 ? a : other)->send(bytes, b->local()));
    }
    DatagramBatch batch(64);
    std::size_t seen = 0;
    for (const std::size_t expected : {DatagramBatch::kMost, std::size_t{3}}) {
        const auto received = batch.receive(b->fd());
        ASSERT_EQ(received.size(), expected);
        for (const ReceivedDatagram& each : received) {
            EXPECT_EQ(each.from, (seen % 2 == 0 ? a : other)->local());
            EXPECT_EQ(each.size, seen + 1);
            EXPECT_EQ(each.bytes.back(), seen);
            ++seen;
        }
    }
    EXPECT_TRUE(batch.receive(b->fd()).empty());
}

TEST(StampedSocket, DualStackHearsIpv4) {
    auto server = StampedSocket::open(any());
    auto client = StampedSocket::open(loopback());
    ASSERT_TRUE(server && client) << server.error();
    EXPECT_TRUE(server->reaches(loopback(1)));
    DatagramBatch batch(64);
    ASSERT_TRUE(client->send(kHello, loopback(server->local().port)));
    const auto received = receive(*server, batch);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->from, client->local());
    const auto id = server->send_stamped(kHello, received->from);
    ASSERT_TRUE(id);
    ASSERT_TRUE(receive(*client, batch));
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
    DatagramBatch batch(64);
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(a->send(kHello, nobody));
        EXPECT_TRUE(a->send(kHello, b->local()));
        EXPECT_TRUE(receive(*b, batch));
    }
    EXPECT_TRUE(batch.receive(a->fd()).empty());
}

// Whoever may choose where an answer goes must not cost the others their stamps.
TEST(StampedSocket, WhatHasNoWayTakesNoIdsAway) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(a->send_stamped(kHello, b->local()));
    Endpoint elsewhere;
    elsewhere.address = {0x20, 0x01, 0x0d, 0xb8};
    elsewhere.port = 9;
    EXPECT_FALSE(a->reaches(elsewhere));
    EXPECT_EQ(a->send_stamped(kHello, elsewhere).error(), EAFNOSUPPORT);
    Endpoint too_far = loopback(9);  // 203.0.113.1 from a socket bound to 127.0.0.1
    too_far.address[12] = 203;
    too_far.address[13] = 0;
    too_far.address[14] = 113;
    EXPECT_FALSE(a->send_stamped(kHello, too_far));
    EXPECT_EQ(a->send_stamped(kHello, loopback(0)).error(), EINVAL);
    Endpoint everybody = loopback(9);
    std::fill(everybody.address.begin() + 12, everybody.address.end(), std::uint8_t{255});
    EXPECT_FALSE(a->send_stamped(kHello, everybody));

    EXPECT_EQ(a->take_sent_stamp()->id, 0U);
    EXPECT_EQ(a->send_stamped(kHello, b->local()), 1U);
    EXPECT_EQ(a->take_sent_stamp()->id, 1U);
}

TEST(StampedSocket, IdsBeginAgainAfterAnotherFailure) {
    auto a = StampedSocket::open(loopback());
    auto b = StampedSocket::open(loopback());
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(a->send_stamped(kHello, b->local()));
    const std::uint32_t series = a->series();
    const std::vector<std::uint8_t> too_large(70'000);
    EXPECT_EQ(a->send(too_large, b->local()).error(), EMSGSIZE);
    EXPECT_EQ(a->series(), series);
    EXPECT_EQ(a->send_stamped(too_large, b->local()).error(), EMSGSIZE);
    EXPECT_NE(a->series(), series);
    EXPECT_EQ(a->send_stamped(kHello, b->local()), 0U);
    EXPECT_EQ(a->take_sent_stamp()->id, 0U);
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
