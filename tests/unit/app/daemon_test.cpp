// Two daemons with simulated clocks, in one event loop, over loopback.
#include "daemon/app/daemon.hpp"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/platform/datagram_batch.hpp"
#include "daemon/platform/simulated_clock.hpp"
#include "daemon/platform/socket_address.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley {
namespace {

StampedSocket loopback_socket() {
    Endpoint any_port;
    any_port.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    auto socket = StampedSocket::open(any_port);
    EXPECT_TRUE(socket);
    return std::move(*socket);
}

DaemonParts parts_of(const std::string& name, std::uint16_t master_port, StampedSocket socket,
                     Duration offset) {
    DaemonParts parts;
    parts.config.node.name = name;
    parts.config.node.cluster = "test";
    parts.config.node.key = test::node_key(name);
    parts.config.node.candidates = {{"one", test::public_key("one")}};
    if (name != "one")
        parts.config.node.certificate = test::certificate_for(name, "one", "test");
    parts.config.node.expect = 2;
    parts.config.node.clock = ClockMode::simulated;
    parts.config.candidates = {{"one", "127.0.0.1", master_port}};
    parts.sockets.push_back(std::move(socket));
    parts.clock = std::make_unique<SimulatedHostClock>(read_clock_bracket(), offset, 20e-6);
    return parts;
}

TEST(Daemon, TwoFormACluster) {
    boost::asio::io_context context(1);
    Journal journal;
    StampedSocket first = loopback_socket();
    const std::uint16_t port = first.local().port;
    Daemon one(context, parts_of("one", port, std::move(first), 3ms), journal);
    Daemon two(context, parts_of("two", port, loopback_socket(), -1ms), journal);
    one.start();
    two.start();
    for (int i = 0; i < 100 && !(one.status().offset && two.status().offset); ++i)
        context.run_for(std::chrono::milliseconds(100));

    EXPECT_EQ(one.status().role, Role::master);
    EXPECT_EQ(two.status().master, "one");
    EXPECT_EQ(one.members().size(), 2U);
    ASSERT_TRUE(one.status().offset && two.status().offset);
    const Tracking tracking = two.tracking();
    EXPECT_GT(tracking.datagrams_received, 3U);
    EXPECT_GT(tracking.corrections, 0U);
    EXPECT_GT(two.host_raw_ns(), 0);

    // What each believes of its clock fits what the clocks read side by side.
    const SystemTime clock_one = one.tracking().system;
    const std::int64_t at_one = one.host_raw_ns();
    const SystemTime clock_two = two.tracking().system;
    const std::int64_t at_two = two.host_raw_ns();
    const Duration apart = (clock_two - clock_one) - Duration{at_two - at_one};
    const Duration believed = *two.status().offset - *one.status().offset;
    EXPECT_LT(std::chrono::abs(apart - believed), *one.status().bound + *two.status().bound);

    std::raise(SIGTERM);  // both are asked to stop, and the first to do so ends the loop
    context.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(context.stopped());
}

// The answer to an Enrol as the new node `name` makes it; nothing if none comes.
std::optional<Admission> enrol(boost::asio::io_context& context, std::uint16_t port,
                               const Token& token, std::string_view name) {
    StampedSocket socket = loopback_socket();
    Endpoint to = socket.local();
    to.port = port;
    const NodeId joiner = id_of(name);
    const NodeId candidate = id_of(token.inviting().name.view());
    Datagram question =
        encode({joiner, candidate, 0, 0},
               Enrol{token.invitation, 5, *NodeName::from(name), test::public_key(name)});
    seal(question, enrolment_key(token.secret, token.cluster.view(), joiner, candidate));
    EXPECT_TRUE(socket.send(question, to));
    DatagramBatch batch(kDatagramSize + 1);
    for (int i = 0; i < 100; ++i) {
        context.run_for(std::chrono::milliseconds(20));
        const auto received = batch.receive(socket.fd());
        if (received.empty())
            continue;
        const std::span<const std::uint8_t> bytes = received.front().bytes;
        EXPECT_TRUE(
            sealed_by(bytes, enrolment_key(token.secret, token.cluster.view(), candidate, joiner)));
        return std::get<Admission>(decode(bytes)->message);
    }
    return std::nullopt;
}

TEST(Daemon, ACandidateInvitesEnrolsAndRevokesAtItsOperatorsWord) {
    std::string pattern = testing::TempDir() + "berkeleyd-daemon-XXXXXX";
    const std::filesystem::path folder = mkdtemp(pattern.data());
    boost::asio::io_context context(1);
    Journal journal;
    StampedSocket first = loopback_socket();
    const std::uint16_t port = first.local().port;
    DaemonParts parts = parts_of("one", port, std::move(first), 0ns);
    parts.trust_file = folder / "trust.json";
    parts.trust_place = {*NodeName::from("test"), "a-boot"};
    Daemon one(context, std::move(parts), journal);
    one.start();

    const Caller root{0, 1, true};
    const auto text = one.invite(root, {.votes = false, .lasts = 1h});
    ASSERT_TRUE(text) << text.error();
    const auto token = parse_token(*text);
    ASSERT_TRUE(token) << to_text(token.error());
    EXPECT_EQ(token->inviting().host, "127.0.0.1");
    EXPECT_EQ(token->inviting().port, port);
    EXPECT_EQ(token->inviting().key, test::public_key("one"));
    EXPECT_FALSE(token->votes);
    ASSERT_EQ(one.invitations()->size(), 1U);
    EXPECT_FALSE(one.invitations()->front().used_by.has_value());

    const auto admission = enrol(context, port, *token, "two");
    ASSERT_TRUE(admission.has_value());
    EXPECT_EQ(admission->outcome, EnrolOutcome::admitted);
    const std::vector<PublicKey> pinned{test::public_key("one")};
    ASSERT_TRUE(verify(admission->certificate.value(), "test", "two", pinned));
    EXPECT_EQ(one.invitations()->front().used_by, "two");
    ASSERT_EQ(one.enrolled()->size(), 1U);
    EXPECT_FALSE(one.enrolled()->front().revoked);

    const auto unknown = one.revoke(root, *NodeName::from("nobody"));
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().find("no node nobody is known here"), std::string::npos);
    const auto itself = one.revoke(root, *NodeName::from("one"));
    ASSERT_FALSE(itself);
    EXPECT_NE(itself.error().find("candidate"), std::string::npos) << itself.error();
    EXPECT_EQ(itself.error(), one.revoke(root, test::public_key("one")).error());
    const auto revoked = one.revoke(root, *NodeName::from("two"));
    ASSERT_TRUE(revoked) << revoked.error();
    EXPECT_EQ(revoked->key, test::public_key("two"));
    EXPECT_TRUE(one.enrolled()->front().revoked);
    const auto on_disk = load_trust(folder / "trust.json", {*NodeName::from("test"), "a-boot"});
    ASSERT_TRUE(on_disk) << on_disk.error();
    EXPECT_TRUE(on_disk->revocations.contains(test::public_key("two")));
    EXPECT_FALSE(one.revoke(root, test::public_key("two")));  // already
    EXPECT_FALSE(one.revoke(root, test::public_key("one")));  // a candidate
    EXPECT_EQ(one.revoke(root, test::public_key("three"))->name, "unknown");
    std::filesystem::remove_all(folder);
}

TEST(Daemon, AMemberSendsItsOperatorToTheCandidate) {
    boost::asio::io_context context(1);
    Journal journal;
    Daemon two(context, parts_of("two", 9, loopback_socket(), 0ns), journal);
    two.start();
    const Caller root{0, 1, true};
    EXPECT_NE(two.invite(root, {}).error().find("ask on one"), std::string::npos);
    EXPECT_NE(two.revoke(root, *NodeName::from("one")).error().find("ask on one"),
              std::string::npos);
    EXPECT_FALSE(two.invitations());
    EXPECT_FALSE(two.enrolled());
}

}  // namespace
}  // namespace berkeley
