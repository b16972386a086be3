#include "ctl/setup/enrolment.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "ctl/client/interrupt.hpp"
#include "ctl/setup/random_number.hpp"
#include "daemon/core/wire/codec.hpp"
#include "daemon/files/file_error.hpp"
#include "daemon/files/reading.hpp"

namespace berkeley::ctl {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetween{500};
constexpr std::chrono::seconds kPatience{15};
constexpr std::size_t kMostAddresses = 8;

tl::unexpected<EnrolmentError> failure(ExitCode code, std::string message) {
    return tl::unexpected(EnrolmentError{code, std::move(message)});
}

std::string place(const TokenCandidate& candidate) {
    const bool v6 = candidate.host.find(':') != std::string::npos;
    return fmt::format("{}, at {}{}{} UDP port {}", candidate.name.view(), v6 ? "[" : "",
                       candidate.host, v6 ? "]" : "", candidate.port);
}

// Connected to one address each, so that nobody else's datagrams come in.
tl::expected<std::vector<OpenFile>, EnrolmentError> sockets_to(const TokenCandidate& candidate) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* first = nullptr;
    const int failed =
        getaddrinfo(candidate.host.c_str(), std::to_string(candidate.port).c_str(), &hints, &first);
    if (failed != 0)
        return failure(ExitCode::no_daemon,
                       fmt::format("cannot find {}: {}; does this machine know that name?",
                                   place(candidate), gai_strerror(failed)));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(first, &freeaddrinfo);
    std::vector<OpenFile> sockets;
    int cause = 0;
    for (const addrinfo* each = first; each != nullptr && sockets.size() < kMostAddresses;
         each = each->ai_next) {
        OpenFile made(socket(each->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (made && connect(made.fd(), each->ai_addr, each->ai_addrlen) == 0)
            sockets.push_back(std::move(made));
        else
            cause = errno;
    }
    if (sockets.empty())
        return failure(ExitCode::no_daemon, fmt::format("no way to {}: {}; is the network up?",
                                                        place(candidate), words_of(cause)));
    return sockets;
}

class Enrolment {
  public:
    Enrolment(const Token& token, const NodeName& name, const PublicKey& key)
        : token_(token),
          name_(name),
          key_(key),
          own_id_(id_of(name.view())),
          their_id_(id_of(token.inviting().name.view())),
          theirs_(enrolment_key(token.secret, token.cluster.view(), their_id_, own_id_)) {}

    Datagram question() const {
        Datagram datagram =
            encode({own_id_, their_id_, 0, 0}, Enrol{token_.invitation, nonce_, name_, key_});
        seal(datagram, enrolment_key(token_.secret, token_.cluster.view(), own_id_, their_id_));
        return datagram;
    }

    // None if it is not the answer to our question, or not from who has the invitation's secret.
    std::optional<Admission> answer(std::span<const std::uint8_t> bytes) const {
        const auto header = decode_header(bytes);
        if (!header || header->from != their_id_ || header->to != own_id_ || !has_seal(bytes) ||
            !sealed_by(bytes, theirs_))
            return std::nullopt;
        const auto envelope = decode(bytes);
        const auto* admission = envelope ? std::get_if<Admission>(&envelope->message) : nullptr;
        if (admission == nullptr || admission->nonce != nonce_)
            return std::nullopt;
        return *admission;
    }

    tl::expected<Certificate, EnrolmentError> judged(const Admission& admission) const {
        const std::string_view who = token_.inviting().name.view();
        if (admission.outcome != EnrolOutcome::admitted)
            return failure(ExitCode::failed, fmt::format("{} does not let this node in: {}", who,
                                                         to_text(admission.outcome)));
        const auto& certificate = admission.certificate;
        const std::span<const PublicKey> issuer(&token_.inviting().key, 1);
        if (!certificate || certificate->key != key_ ||
            !verify(*certificate, token_.cluster.view(), name_.view(), issuer))
            return failure(ExitCode::failed,
                           fmt::format("whoever answers for {} has the invitation's secret, and "
                                       "not {}'s key: ask for a new invitation over a safe "
                                       "channel, and do not trust that address",
                                       who, who));
        return *certificate;
    }

  private:
    const Token& token_;
    const NodeName& name_;
    const PublicKey& key_;
    NodeId own_id_;
    NodeId their_id_;
    SealingKey theirs_;
    std::uint64_t nonce_ = random_number();
};

// What has come in; none if it is nothing of use.
std::optional<Admission> received(const OpenFile& socket, const Enrolment& enrolment,
                                  bool& nobody_listens) {
    std::array<std::uint8_t, kDatagramSize + 1> bytes{};
    while (true) {
        const ssize_t got = recv(socket.fd(), bytes.data(), bytes.size(), 0);
        if (got < 0) {
            nobody_listens = nobody_listens || errno == ECONNREFUSED;
            return std::nullopt;
        }
        const auto admission =
            enrolment.answer(std::span(bytes).first(static_cast<std::size_t>(got)));
        if (admission)
            return admission;
    }
}

EnrolmentError no_answer(const TokenCandidate& candidate, bool nobody_listens) {
    if (nobody_listens)
        return {ExitCode::no_daemon,
                fmt::format("nobody listens at {}: does berkeleyd run there "
                            "('systemctl status berkeleyd'), and is that its address?",
                            place(candidate))};
    return {ExitCode::no_daemon,
            fmt::format("no answer from {}, within {} s: is that its address, does a firewall let "
                        "that port through both ways, does berkeleyd run there? An invitation "
                        "that it does not know is not answered, either: 'berkeleyctl invitations' "
                        "there shows those that are good",
                        place(candidate), kPatience.count())};
}

}  // namespace

tl::expected<Certificate, EnrolmentError> enrol(const Token& token, const NodeName& name,
                                                const PublicKey& key) {
    const auto sockets = sockets_to(token.inviting());
    if (!sockets)
        return tl::unexpected(sockets.error());
    const Interrupt interrupt;
    const Enrolment enrolment(token, name, key);
    const Datagram question = enrolment.question();
    std::vector<pollfd> waiting{{interrupt.fd(), POLLIN, 0}};
    for (const OpenFile& socket : *sockets)
        waiting.push_back({socket.fd(), POLLIN, 0});

    bool nobody_listens = false;
    const auto end = steady_clock::now() + kPatience;
    auto ask_at = steady_clock::now();
    while (steady_clock::now() < end) {
        if (steady_clock::now() >= ask_at) {
            for (const OpenFile& socket : *sockets)
                send(socket.fd(), question.data(), question.size(), MSG_NOSIGNAL);
            ask_at = steady_clock::now() + kBetween;
        }
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(ask_at - steady_clock::now());
        poll(waiting.data(), waiting.size(), std::max(0, static_cast<int>(left.count())));
        if (waiting.front().revents != 0)
            return failure(ExitCode::failed, "interrupted; nothing is changed here");
        for (const OpenFile& socket : *sockets) {
            if (const auto admission = received(socket, enrolment, nobody_listens))
                return enrolment.judged(*admission);
        }
    }
    return tl::unexpected(no_answer(token.inviting(), nobody_listens));
}

}  // namespace berkeley::ctl
