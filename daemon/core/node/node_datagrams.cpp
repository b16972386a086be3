// Whom a datagram comes from, and which part of the node it is for.
#include "daemon/core/node/node_impl.hpp"

namespace berkeley {

void Node::Impl::take(const DatagramReceived& event) {
    DropCounters& dropped = context_.tracking.dropped;
    ++context_.tracking.datagrams_received;
    ++(event.received.source == StampSource::kernel ? context_.tracking.kernel_stamps
                                                    : context_.tracking.program_stamps);
    const auto header = decode_header(event.bytes);
    if (!header) {
        ++(header.error() == DecodeError::wrong_size ? dropped.wrong_size : dropped.not_ours);
        return;
    }
    if (header->to != context_.self) {
        ++dropped.unknown_sender;
        return;
    }
    if (const Peer* peer = peers_.find(header->from))
        hear_peer(*peer, *header, event);
    else if (!is_candidate())
        ++dropped.unknown_sender;
    else if (!hear_past_candidate(*header, event))
        hear_member(*header, event);
}

std::optional<Envelope> Node::Impl::opened(const DatagramReceived& event) {
    auto envelope = decode(event.bytes);
    if (envelope && plausible(event.received.at))
        return *std::move(envelope);
    ++context_.tracking.dropped.malformed;
    return std::nullopt;
}

// Another candidate, whose key is pinned.
void Node::Impl::hear_peer(const Peer& peer, const Header& header, const DatagramReceived& event) {
    if (has_seal(event.bytes) && !sealed_by(event.bytes, peer.seal.from_peer)) {
        if (is_candidate())
            return gate_->receive(header, event);
        ++context_.tracking.dropped.not_authentic;
        context_.last_not_authentic = {event.from, event.now.raw};
        return;
    }
    const auto envelope = opened(event);
    if (!envelope || hear_of_roster(peer, *envelope, event) || passes_by(peer, *envelope, event))
        return;
    const auto elects = [&](const ElectionMessage& message) {
        hold_election(ElectionHeard{event.now.steady(), header.from, message}, event.now);
    };
    if (!candidacy_)
        return hear_master(*envelope, event);
    std::visit(
        Overloaded{[&](const Join& join) { gate_->receive(header, join, peer, event); },
                   [&](const Inquiry& inquiry) { gate_->receive(header, inquiry, peer, event); },
                   [&](const VoteWanted& wanted) { elects(wanted); },
                   [&](const VoteAnswer& answer) { elects(answer); },
                   [&](const Release& release) { elects(release); },
                   [&](const RevocationNews& news) {
                       revocation_exchange_->receive(header.from, news, event.now);
                   },
                   [&](const auto&) {
                       if (leading_)
                           deliver_to_master(*envelope, event);
                       else
                           hear_master(*envelope, event);
                   }},
        envelope->message);
}

void Node::Impl::hear_master(const Envelope& envelope, const DatagramReceived& event) {
    const Header& header = envelope.header;
    const Peer& peer = *peers_.find(header.from);
    std::visit(
        Overloaded{
            [&](const Poll& poll) {
                following_->receive(header, poll, event.received, event.from, event.now);
            },
            [&](const Leave& leave) { following_->receive(header, leave, event.now); },
            [&](const Retry& retry) {
                if (!witnesses_ || !witnesses_->receive(peer, retry))
                    following_->receive(header, retry);
            },
            [&](const Sighting& sighting) {
                if (witnesses_)
                    witnesses_->receive(peer, sighting, event.received.at, event.now);
                else
                    ++context_.tracking.dropped.malformed;
            },
            [&](const Refusal& refusal) { following_->receive(header, refusal, event.now); },
            [&](const Direction& direction) { following_->receive(header, direction, event.now); },
            // Perhaps an answer to what we asked while we led.
            [&](const auto&) {
                DropCounters& dropped = context_.tracking.dropped;
                ++(candidacy_ ? dropped.replayed : dropped.malformed);
            }},
        envelope.message);
}

void Node::Impl::hear_member(const Header& header, const DatagramReceived& event) {
    const Member* member = leading_ ? leading_->find(header.from) : nullptr;
    if (member == nullptr || !sealed_by(event.bytes, member->seal.from_peer)) {
        gate_->receive(header, event);
        return;
    }
    const auto envelope = opened(event);
    if (!envelope || hear_of_roster(*member, *envelope, event))
        return;
    if (is_for_gate(*member, envelope->message))
        gate_->receive(header, std::get<Join>(envelope->message), event);
    else
        deliver_to_master(*envelope, event);
}

// A member with another certificate than it came in by may be something else by it.
bool Node::Impl::is_for_gate(const Member& member, const Message& message) const {
    const auto* join = std::get_if<Join>(&message);
    return join != nullptr && join->certificate && join->certificate->serial != member.grant.serial;
}

void Node::Impl::deliver_to_master(const Envelope& envelope, const DatagramReceived& event) {
    const Header& header = envelope.header;
    DropCounters& dropped = context_.tracking.dropped;
    std::visit(
        Overloaded{[&](const Join& join) {
                       if (join.session == 0 || header.from != id_of(join.name.view()))
                           ++dropped.malformed;
                       else
                           gate_->receive_member(header, join, event);
                   },
                   [&](const Reply& reply) { deliver_reply(header, reply, event); },
                   [&](const Leave& leave) { leading_->receive(header, leave); },
                   // Perhaps an answer to what we asked before we led.
                   [&](const auto&) { ++(candidacy_ ? dropped.replayed : dropped.malformed); }},
        envelope.message);
}

void Node::Impl::deliver_reply(const Header& header, const Reply& reply,
                               const DatagramReceived& event) {
    const auto asked_at = leading_->receive(header, reply, event.received, event.from, event.now);
    if (!asked_at || !reply.standing)
        return;
    if (peers_.find(header.from) == nullptr)
        return hear_newcomer(header, *reply.standing, *asked_at);
    if (reply.standing->distrusts && accusers_.add(header.from, event.now.steady()))
        context_.report(ReportKind::accused, peers_.find(header.from)->name);
    hold_election(PollAnswered{event.now.steady(), header.from, *asked_at, reply.standing->term,
                               reply.standing->promises, reply.standing->fitness},
                  event.now);
}

}  // namespace berkeley
