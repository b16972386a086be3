#include "daemon/core/node/gate.hpp"

#include <fmt/format.h>

namespace berkeley {

void Gate::start(const std::optional<SavedTrust>& saved) {
    doorkeeper_ = Doorkeeper(context_.nonces);
    if (witnesses_)
        inquirers_ = std::make_unique<Doorkeeper>(context_.nonces);
    if (candidacy_)
        candidacy_->opinions() = Opinions(context_.nonces.next());
    enrolment_.start(saved);
}

void Gate::take_up(Candidacy* candidacy, const Witnesses* witnesses) {
    if (!candidacy_)
        candidacy->opinions() = Opinions(context_.nonces.next());
    candidacy_ = candidacy;
    witnesses_ = witnesses;
    if (witnesses_ && !inquirers_)
        inquirers_ = std::make_unique<Doorkeeper>(context_.nonces);
}

void Gate::receive(const Header& header, const DatagramReceived& event) {
    const auto envelope = decode(event.bytes);
    if (envelope && std::holds_alternative<Enrol>(envelope->message))
        return enrolment_.receive(header, std::get<Enrol>(envelope->message), event);
    if (envelope && std::holds_alternative<Join>(envelope->message))
        return receive_stranger(header, std::get<Join>(envelope->message), event);
    if (envelope && std::holds_alternative<Inquiry>(envelope->message) && witnesses_)
        return receive_stranger(header, std::get<Inquiry>(envelope->message), event);
    if (envelope && std::holds_alternative<RosterAsk>(envelope->message))
        return receive_stranger(header, std::get<RosterAsk>(envelope->message), event);
    if (member(header.from) != nullptr)
        return not_authentic(event);
    ++context_.tracking.dropped.unknown_sender;
}

void Gate::not_authentic(const DatagramReceived& event) {
    ++context_.tracking.dropped.not_authentic;
    context_.last_not_authentic = {event.from, event.now.raw};
}

// By the key that its certificate shows a member is known already, and its seal was tried.
void Gate::receive_stranger(const Header& header, const Join& join, const DatagramReceived& event) {
    const Member* known = member(header.from);
    if (known != nullptr && join.certificate && known->key == join.certificate->key)
        return not_authentic(event);
    receive(header, join, event);
}

// Old Joins, which anybody may have kept, must not take all the places of the one that is meant.
void Gate::receive_member(const Header& header, const Join& join, const DatagramReceived& event) {
    const bool is_there = doorkeeper_.knows_cookie(join, event.from, event.now);
    const Entry entry = leading_->receive(header, join, is_there, event.from, event.now);
    if (entry != Entry::crowded)
        return;
    if (const auto retry = doorkeeper_.retry_for(join, event.from, event.now))
        context_.send(event.from, header.from, *retry);
    else
        ++context_.tracking.dropped.over_limit;
}

void Gate::receive(const Header& header, const Join& join, const DatagramReceived& event) {
    DropCounters& dropped = context_.tracking.dropped;
    if (header.from != id_of(join.name.view()) || context_.is_candidate(join.name.view()) ||
        join.session == 0 || !plausible(event.received.at)) {
        ++dropped.malformed;
        return;
    }
    const Registry& registry = enrolment_.registry();
    const auto verdict =
        doorkeeper_.judge(context_, join, event.bytes, event.from, event.now,
                          registry.readable() ? &registry.content().revocations : nullptr);
    if (const auto* drop = std::get_if<Drop>(&verdict)) {
        if (drop->counter == &DropCounters::not_authentic)
            return not_authentic(event);
        ++(dropped.*drop->counter);
    } else if (const auto* retry = std::get_if<Retry>(&verdict)) {
        context_.send(event.from, header.from, *retry);
    } else if (const auto* refusal = std::get_if<Refuse>(&verdict)) {
        refuse(header.from, join, *refusal, event.from);
    } else {
        const Certificate& certificate = *join.certificate;
        let_in(header, join,
               {certificate.key,
                std::get<LetIn>(verdict).seal,
                {certificate.votes, certificate.serial},
                certificate},
               event);
    }
}

void Gate::receive(const Header& header, const Join& join, const Peer& peer,
                   const DatagramReceived& event) {
    if (join.session == 0 || header.from != id_of(join.name.view())) {
        ++context_.tracking.dropped.malformed;
    } else if (member(header.from) != nullptr) {
        receive_member(header, join, event);
    } else {
        let_in(header, join, {peer.key, peer.seal, {.votes = true, .serial = 0}, std::nullopt},
               event);
    }
}

// ---- those who ask what the master tells this node

void Gate::receive(const Header& header, const Inquiry& inquiry, const Peer& peer,
                   const DatagramReceived& event) {
    if (inquiry.session == 0 || header.from != id_of(inquiry.name.view()) || !witnesses_)
        ++context_.tracking.dropped.malformed;
    else
        testify(header.from, inquiry, peer.seal.to_peer, event);
}

// Of its members a candidate that is not the master knows no more than of strangers.
void Gate::receive_stranger(const Header& header, const Inquiry& inquiry,
                            const DatagramReceived& event) {
    DropCounters& dropped = context_.tracking.dropped;
    const std::string_view name = inquiry.name.view();
    if (header.from != id_of(name) || context_.is_candidate(name) || inquiry.session == 0) {
        ++dropped.malformed;
        return;
    }
    const Join as_join{.session = inquiry.session,
                       .votes = false,
                       .name = inquiry.name,
                       .cookie = inquiry.cookie,
                       .certificate = inquiry.certificate};
    const Registry& registry = enrolment_.registry();
    const auto verdict =
        inquirers_->judge(context_, as_join, event.bytes, event.from, event.now,
                          registry.readable() ? &registry.content().revocations : nullptr);
    if (const auto* drop = std::get_if<Drop>(&verdict)) {
        if (drop->counter == &DropCounters::not_authentic)
            return not_authentic(event);
        ++(dropped.*drop->counter);
    } else if (const auto* retry = std::get_if<Retry>(&verdict)) {
        context_.send(event.from, header.from, *retry);
    } else if (const auto* good = std::get_if<LetIn>(&verdict)) {
        if (inquiry.certificate->votes)
            candidacy_->opinions().hear(header.from, inquiry.certificate->issuer, inquiry.opinion,
                                        event.now.steady());
        testify(header.from, inquiry, good->seal.to_peer, event);
    } else {
        ++dropped.not_admitted;
    }
}

// A member that was away while the roster changed, and met this candidate first.
void Gate::receive_stranger(const Header& header, const RosterAsk& ask,
                            const DatagramReceived& event) {
    DropCounters& dropped = context_.tracking.dropped;
    if (header.from != id_of(ask.name.view()) || ask.session == 0) {
        ++dropped.malformed;
        return;
    }
    if (context_.roster == 0) {  // there is nothing to tell
        ++dropped.unknown_sender;
        return;
    }
    if (!behind_)
        behind_ = std::make_unique<Doorkeeper>(context_.nonces);
    const Join as_join{.session = ask.session,
                       .votes = false,
                       .name = ask.name,
                       .cookie = ask.cookie,
                       .certificate = ask.certificate};
    const Registry& registry = enrolment_.registry();
    const auto verdict =
        behind_->judge(context_, as_join, event.bytes, event.from, event.now,
                       registry.readable() ? &registry.content().revocations : nullptr);
    if (const auto* drop = std::get_if<Drop>(&verdict)) {
        if (drop->counter == &DropCounters::not_authentic)
            return not_authentic(event);
        ++(dropped.*drop->counter);
    } else if (const auto* retry = std::get_if<Retry>(&verdict)) {
        context_.send(event.from, header.from, *retry);
    } else if (const auto* good = std::get_if<LetIn>(&verdict)) {
        context_.send(event.from, header.from, rosters_.answer(ask), good->seal.to_peer, 0);
    } else {
        ++dropped.not_admitted;
    }
}

void Gate::testify(NodeId asker, const Inquiry& inquiry, const SealingKey& key,
                   const DatagramReceived& event) {
    context_.send(event.from, asker, Sighting{inquiry.session, witnesses_->testimony(event.now)},
                  key, 0);
}

// ---- and in

void Gate::let_in(const Header& header, const Join& join, const Leading::Entrant& entrant,
                  const DatagramReceived& event) {
    if (leading_ == nullptr)
        return direct(header, join, entrant.seal, event.from);
    if (const auto why_not = leading_->let_in(header, join, entrant, event.from, event.now))
        refuse(header.from, join, {*why_not, entrant.seal}, event.from);
}

void Gate::direct(const Header& header, const Join& join, const PairSeal& seal,
                  const Endpoint& from) {
    if (const auto testimony = candidacy_->testimony())
        context_.send(from, header.from, Direction{join.session, *testimony}, seal.to_peer, 0);
}

void Gate::refuse(NodeId receiver, const Join& join, const Refuse& refusal, const Endpoint& from) {
    ++context_.tracking.dropped.not_admitted;
    if (refusal.reason == RefusalReason::table_full)
        context_.report(ReportKind::table_full, std::string(join.name.view()));
    else
        context_.report(
            ReportKind::member_refused, std::string(join.name.view()), 0ns,
            fmt::format("{}; it asked from {}", to_text(refusal.reason), to_string(from)));
    context_.send(from, receiver, Refusal{join.session, refusal.reason}, refusal.seal.to_peer, 0);
}

}  // namespace berkeley
