// A candidate that answers enrolments on a UDP port of its own as a test tells it to.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "daemon/core/wire/codec.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {

class FakeCandidate {
  public:
    // What it sends back, in this order.
    using Answers = std::function<std::vector<Datagram>(const FakeCandidate&, const Enrol&)>;

    explicit FakeCandidate(Answers answers) : answers_(std::move(answers)) {
        socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
        EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        const timeval patience{0, 50'000};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        token.cluster = test::name("lab");
        token.candidates = {{test::name("node1"), "127.0.0.1", ntohs(address.sin_port),
                             test::secret_key(test::kCandidateSeed).public_key()}};
        token.invitation.value = 0x1234;
        token.secret.bytes.fill(7);
        token.votes = true;
        thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    }
    ~FakeCandidate() {
        thread_.request_stop();
        thread_.join();
        close(socket_);
    }
    FakeCandidate(const FakeCandidate&) = delete;
    FakeCandidate& operator=(const FakeCandidate&) = delete;

    int questions() const { return questions_; }

    // As this candidate would send it, unless another secret is given.
    Datagram sealed(const Enrol& enrol, const Message& answer,
                    std::optional<InvitationSecret> secret = {}) const {
        const NodeId there = id_of(enrol.name.view());
        Datagram datagram = encode({id_of("node1"), there, 5, 2}, answer);
        seal(datagram, enrolment_key(secret.value_or(token.secret), "lab", id_of("node1"), there));
        return datagram;
    }

    static Admission admission(const Enrol& enrol, std::uint8_t issuer = test::kCandidateSeed) {
        const auto certificate =
            certify(test::secret_key(issuer), "lab", enrol.name.view(), enrol.key, true, 99);
        return {enrol.nonce, EnrolOutcome::admitted, certificate};
    }

    Token token;  // an invitation of its

  private:
    void serve(const std::stop_token& stop) {
        Datagram bytes{};
        while (!stop.stop_requested()) {
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const ssize_t got = recvfrom(socket_, bytes.data(), bytes.size(), 0,
                                         reinterpret_cast<sockaddr*>(&from), &size);
            if (got != static_cast<ssize_t>(bytes.size()))
                continue;
            ++questions_;
            const auto envelope = decode(bytes);
            const auto* enrol = envelope ? std::get_if<Enrol>(&envelope->message) : nullptr;
            ASSERT_NE(enrol, nullptr);
            EXPECT_EQ(enrol->invitation, token.invitation);
            EXPECT_TRUE(sealed_by(bytes, enrolment_key(token.secret, "lab",
                                                       id_of(enrol->name.view()), id_of("node1"))));
            for (const Datagram& answer : answers_(*this, *enrol))
                sendto(socket_, answer.data(), answer.size(), 0,
                       reinterpret_cast<const sockaddr*>(&from), size);
        }
    }

    Answers answers_;
    int socket_ = -1;
    std::atomic<int> questions_ = 0;
    std::jthread thread_;
};

}  // namespace berkeley
