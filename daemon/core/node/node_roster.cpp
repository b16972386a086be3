// Who the candidates are: what a node hears of it, and what its operator wants.
#include <fmt/format.h>

#include "daemon/core/node/node_impl.hpp"

namespace berkeley {
namespace {

// Without the port; nothing for an address that means something on one link only.
std::optional<std::string> host_of(const Endpoint& endpoint) {
    if (endpoint.scope != 0)
        return std::nullopt;
    std::string text = to_string(endpoint);
    text.erase(text.rfind(':'));
    if (text.starts_with('['))
        text = text.substr(1, text.size() - 2);
    return text;
}

}  // namespace

// ---- heard

bool Node::Impl::hear_of_roster(const Peer& peer, const Envelope& envelope,
                                const DatagramReceived& event) {
    const Moment& now = event.now;
    if (const auto* retry = std::get_if<Retry>(&envelope.message))
        return roster_office_.receive(peer.id, *retry);
    if (roster_office_.heard(peer.id, envelope.header.roster, now))
        roster_office_.learn_from({peer.id, event.from, peer.seal.to_peer}, envelope.header.roster,
                                  now);
    if (const auto* ask = std::get_if<RosterAsk>(&envelope.message)) {
        context_.send(event.from, peer.id, roster_office_.answer(*ask), peer.seal.to_peer, 0);
    } else if (const auto* part = std::get_if<RosterPart>(&envelope.message)) {
        if (part->of == RosterPartOf::change) {
            roster_office_.receive_change(peer.id, *part, now);
        } else if (candidacy_) {
            const bool followed =
                !leading_ && candidacy_->standing(peer.id, envelope.header.term).promises;
            const Registry& known = gate_->enrolment().registry();
            roster_office_.receive_proposal(
                peer, *part, event.from,
                {followed, envelope.header.term,
                 known.readable() ? &known.content().revocations : nullptr},
                now);
        } else {
            ++context_.tracking.dropped.malformed;
        }
    } else if (const auto* say = std::get_if<RosterSay>(&envelope.message)) {
        roster_office_.receive(peer, *say, now);
    } else {
        return false;
    }
    return true;
}

bool Node::Impl::hear_of_roster(const Member& member, const Envelope& envelope,
                                const DatagramReceived& event) {
    if (roster_office_.heard(member.id, envelope.header.roster, event.now))
        roster_office_.learn_from({member.id, event.from, member.seal.to_peer},
                                  envelope.header.roster, event.now);
    if (const auto* ask = std::get_if<RosterAsk>(&envelope.message)) {
        context_.send(event.from, member.id, roster_office_.answer(*ask), member.seal.to_peer, 0);
        return true;
    }
    const auto* part = std::get_if<RosterPart>(&envelope.message);
    if (part == nullptr || part->of != RosterPartOf::change)
        return false;
    roster_office_.receive_change(member.id, *part, event.now);
    return true;
}

// It was away when it was retired: any word from here tells it that there is a later roster, and
// then it asks.
bool Node::Impl::hear_past_candidate(const Header& header, const DatagramReceived& event) {
    const RosterOffice::Past* past = roster_office_.past(header.from);
    if (past == nullptr || header.roster >= context_.roster ||
        !sealed_by(event.bytes, past->seal.from_peer))
        return false;
    const auto envelope = opened(event);
    if (!envelope)
        return true;
    const auto* ask = std::get_if<RosterAsk>(&envelope->message);
    context_.send(event.from, header.from, roster_office_.answer(ask ? *ask : RosterAsk{}),
                  past->seal.to_peer, 0);
    return true;
}

// Who goes by an older roster is voted for no more, and no promise to it is renewed: roster_office
// tells why. Likewise by who may have held a later one.
bool Node::Impl::passes_by(const Peer& peer, const Envelope& envelope,
                           const DatagramReceived& event) {
    const bool older = envelope.header.roster < context_.roster;
    if (!candidacy_ || !(older || context_.settings.roster_in_doubt))
        return false;
    if (const auto* wanted = std::get_if<VoteWanted>(&envelope.message)) {
        const VoteAnswer no{wanted->term,
                            wanted->binding,
                            wanted->asked_at,
                            false,
                            candidacy_->standing(peer.id, 0).term,
                            Fitness::barred};
        context_.send(event.from, peer.id, no, peer.seal.to_peer, 0);
        return true;
    }
    if (!older || !std::holds_alternative<Poll>(envelope.message))
        return false;
    ++context_.tracking.dropped.stale_term;
    return true;
}

// It goes by a roster that this node holds, and does not go by yet: its name and key are in there.
void Node::Impl::hear_newcomer(const Header& header, const Standing& standing,
                               SteadyTime asked_at) {
    const Member& member = *leading_->find(header.from);
    const TokenCandidate* next = roster_office_.roster().find(member.name.view());
    if (next == nullptr || next->key != member.key)
        return;
    if (roster_office_.superseded() && standing.promises && standing.term == context_.term)
        newcomer_ = {header.from, {asked_at, standing.fitness}};
}

void Node::Impl::take(const RosterTakenUp& event) {
    if (!roster_succeeds(event.now).leads_on)
        return;
    context_.settings.candidates = event.settings.candidates;
    context_.settings.former_keys = event.settings.former_keys;
    context_.settings.roster = event.settings.roster;
    peers_.take_up(context_);
    candidacy_->take_up(electorate_of(context_.settings), newcomer_);
    newcomer_.reset();
    witnesses_.reset();
    if (context_.settings.candidates.size() >= 3)
        witnesses_.emplace(context_, peers_, &candidacy_->opinions());
    Witnesses* witnesses = witnesses_ ? &*witnesses_ : nullptr;
    gate_->take_up(witnesses);
    following_.emplace(context_, steering_, peers_, &*candidacy_, witnesses);
    following_->start(event.now, 0);
    following_->rest(context_.term);
    accusers_.clear();
    revocation_exchange_.emplace(context_, peers_, gate_->enrolment());
    revocation_exchange_->start(event.now);
    roster_office_.taken_up(candidacy_->memory().promise, event.now);
}

void Node::Impl::take(const RosterSaved& event) {
    roster_office_.saved(event);
}

// ---- wanted

const Member* Node::Impl::member_that_answers(const NodeName& name, const Moment& now) const {
    for (const Member* each : leading_->members()) {
        if (each->name == name && each->active() && !each->silent(now.raw))
            return each;
    }
    return nullptr;
}

tl::expected<RosterOffice::Promoted, std::string> Node::Impl::to_promote(const RosterWish& wish,
                                                                         const Moment& now) const {
    const std::string_view name = wish.node.view();
    if (context_.is_candidate(name))
        return tl::unexpected(fmt::format("{} is a candidate already", name));
    const Member* member = member_that_answers(wish.node, now);
    if (member == nullptr)
        return tl::unexpected(
            fmt::format("{} is no member that answers: invite it, or start it, and promote it when "
                        "'berkeleyctl "
                        "members' shows it",
                        name));
    if (roster_office_.was_candidate(member->key))
        return tl::unexpected(
            fmt::format("{0} was a candidate with this key, and is none any more for good: "
                        "'berkeleyctl revoke {0}', join it anew with an invitation, and promote it "
                        "then",
                        name));
    std::optional<std::string> host = wish.host;
    if (wish.host.empty())
        host = host_of(member->address);
    if (!host)
        return tl::unexpected(
            fmt::format("{} is known by a link-local address, {}, which means "
                        "nothing elsewhere: give one with --address",
                        name, to_string(member->address)));
    const std::uint16_t port = wish.host.empty() ? member->address.port : wish.port;
    return RosterOffice::Promoted{
        {wish.node, *host, port, member->key}, member->certificate, foreseen_beside(wish.node)};
}

tl::expected<RosterOffice::Promoted, std::string> Node::Impl::meant_by(const RosterWish& wish,
                                                                       const Moment& now) const {
    if (wish.step == RosterStep::promote)
        return to_promote(wish, now);
    const auto candidate = roster_office_.candidate(wish.node.view());
    if (!candidate)
        return tl::unexpected(
            fmt::format("{} is no candidate: 'berkeleyctl candidates' lists them, and 'berkeleyctl "
                        "revoke' puts a member out",
                        wish.node.view()));
    return RosterOffice::Promoted{*candidate, std::nullopt, std::nullopt};
}

std::string Node::Impl::why_no_roster(const RosterWish& wish, const Moment& now) const {
    if (!leads(now))
        return say_it_to_master(fmt::format(
            "{} {}", wish.step == RosterStep::promote ? "promote" : "retire", wish.node.view()));
    const auto meant = meant_by(wish, now);
    return meant ? roster_office_.why_not(wish.step, *meant) : meant.error();
}

void Node::Impl::take(const RosterWanted& event) {
    if (why_no_roster(event.wish, event.now).empty())
        roster_office_.propose(event.wish.step, *meant_by(event.wish, event.now), event.now);
}

std::vector<std::string> Node::Impl::certified_by(std::string_view candidate) const {
    std::vector<std::string> names;
    const auto who = roster_office_.candidate(candidate);
    if (!who || !leading_)
        return names;
    for (const Member* member : leading_->members()) {
        if (member->certificate && member->certificate->issuer == key_id(who->key))
            names.emplace_back(member->name.view());
    }
    return names;
}

RosterSucceeds Node::Impl::roster_succeeds(const Moment& now) const {
    RosterSucceeds succeeds{.leads = leads(now),
                            .leads_on = false,
                            .others_hold = roster_office_.others_hold_it(now),
                            .successor = {}};
    std::vector<NodeId> ids;
    for (const TokenCandidate& each : roster_office_.roster().candidates)
        ids.push_back(id_of(each.name.view()));
    succeeds.leads_on = candidacy_ && roster_office_.superseded() &&
                        candidacy_->leads_by(Electorate(ids), newcomer_, now);
    for (const TokenCandidate& each : roster_office_.roster().candidates) {
        const std::string name(each.name.view());
        if (succeeds.leads && succeeds.successor.empty() && roster_office_.holds_it(id_of(name)) &&
            why_no_handover(name, now).empty())
            succeeds.successor = name;
    }
    return succeeds;
}

// ---- the public face

std::string Node::why_no_roster(const RosterWish& wish, const Moment& now) const {
    return impl_->why_no_roster(wish, now);
}
RosterAccount Node::roster() const {
    return impl_->roster();
}
std::vector<std::string> Node::awaited_candidates(const Moment& now) const {
    return impl_->awaited_candidates(now);
}
SavedRoster Node::saved_roster() const {
    return impl_->saved_roster();
}
RosterSucceeds Node::roster_succeeds(const Moment& now) const {
    return impl_->roster_succeeds(now);
}
std::vector<std::string> Node::certified_by(std::string_view candidate) const {
    return impl_->certified_by(candidate);
}

}  // namespace berkeley
