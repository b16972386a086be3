#include "daemon/core/node/revocation_exchange.hpp"

#include <algorithm>
#include <utility>

namespace berkeley {
namespace {

constexpr Duration kBetweenRevocations = 1s;
// A candidate in hostile hands has so many signatures checked at most, and no other is kept
// waiting. (What an honest one said stays good, however often it is played again.)
constexpr Duration kBetweenBadOnes = 200ms;
constexpr Duration kThere = 10s;  // who was heard within this is worth a datagram a second

// Who has not learned what it lacks from so many rounds of all there is cannot: the issuer of one
// may be a candidate that is distrusted by now.
constexpr std::size_t kRounds = 8;

// While all is equal, one datagram in so many poll intervals.
constexpr int kSeldom = 64;

}  // namespace

RevocationExchange::RevocationExchange(Context& context, const Peers& peers, Enrolment& enrolment)
    : context_(context), peers_(peers), enrolment_(enrolment) {
    for (const Peer& peer : peers.all()) {
        Other& other = others_.emplace_back();
        other.id = peer.id;
        other.patience = kBetweenRevocations;
    }
}

void RevocationExchange::start(const Moment& now) {
    tell_all(now);
}

void RevocationExchange::tell_all(const Moment& now) {
    for (Other& other : others_) {
        other.due = now.steady();
        other.in_vain = 0;
    }
}

SteadyTime RevocationExchange::next_timer() const {
    return std::ranges::min(others_, {}, &Other::due).due;
}

void RevocationExchange::timer(const Moment& now) {
    for (Other& other : others_) {
        if (now.steady() >= other.due)
            tell(other, now);
    }
}

void RevocationExchange::receive(NodeId from, const RevocationNews& news, const Moment& now) {
    const auto other = std::ranges::find(others_, from, &Other::id);
    if (other == others_.end())
        return;
    other->heard_at = now.steady();
    if (std::exchange(other->digest, news.digest) != news.digest)
        other->in_vain = 0;
    if (news.revocation && now.steady() >= other->believed_from) {
        const auto told = enrolment_.accept(*news.revocation, now);
        if (told == Enrolment::Told::news)
            return tell_all(now);
        if (told == Enrolment::Told::no_good)
            other->believed_from = now.steady() + kBetweenBadOnes;
    }
    if (can_learn(*other))
        other->due =
            std::min(other->due, std::max(now.steady(), other->told_at + kBetweenRevocations));
}

void RevocationExchange::tell(Other& other, const Moment& now) {
    ++other.in_vain;
    other.told_at = now.steady();
    other.due = now.steady() + wait_after(other, now);
    const Peer* peer = peers_.find(other.id);
    if (peer == nullptr || !peer->address || !enrolment_.registry().readable())
        return;
    RevocationNews news{digest(), std::nullopt};
    if (const Revocation* next = differs(other) ? next_for(other) : nullptr)
        news.revocation = *next;
    context_.send(*peer->address, peer->id, news, peer->seal.to_peer, 0);
}

// At the start its network may not be up yet, nor known where the other is.
Duration RevocationExchange::wait_after(Other& other, const Moment& now) {
    if (!other.heard_at)
        return std::exchange(other.patience, std::min(2 * other.patience, seldom()));
    const bool there = now.steady() - *other.heard_at < kThere;
    return there && can_learn(other) ? kBetweenRevocations : seldom();
}

bool RevocationExchange::differs(const Other& other) {
    return other.digest && *other.digest != digest();
}

bool RevocationExchange::can_learn(const Other& other) {
    return differs(other) && other.in_vain < kRounds * (revocations().size() + 1);
}

const Revocation* RevocationExchange::next_for(Other& other) const {
    const Revocation* next = revocations().after(other.told_last);
    if (next != nullptr)
        other.told_last = next->key;
    return next;
}

std::uint64_t RevocationExchange::digest() {
    if (digested_ != revocations().size()) {
        digested_ = revocations().size();
        digest_ = digest_of(revocations());
    }
    return digest_;
}

Duration RevocationExchange::seldom() const {
    return std::max<Duration>(kSeldom * context_.settings.poll_max, kThere);
}

}  // namespace berkeley
