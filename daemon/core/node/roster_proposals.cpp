// How the master has a change of the roster signed, and what a candidate signs.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/core/agree/average.hpp"
#include "daemon/core/contract.hpp"
#include "daemon/core/node/roster_office.hpp"
#include "daemon/core/trust/bytes.hpp"
#include "daemon/core/trust/fields.hpp"

namespace berkeley {
namespace {

constexpr Duration kBetweenPushes = 500ms;
constexpr Duration kProposalLasts = 60s;

// A change that nobody has signed yet, and who vouches for the new candidate.
std::vector<std::uint8_t> proposal_bytes(const RosterChange& change,
                                         const std::optional<Certificate>& certificate) {
    std::vector<std::uint8_t> bytes = encode(SignedChange{change, {}});
    if (certificate) {
        const CompactCertificate compact = encode(*certificate);
        bytes.insert(bytes.end(), compact.begin(), compact.end());
    }
    return bytes;
}

struct Proposed {
    RosterChange change;
    std::optional<Certificate> certificate;
};

std::optional<Proposed> proposed_in(std::span<const std::uint8_t> bytes) {
    if (const auto bare = decode_signed_change(bytes))
        return bare->signatures.empty() ? std::optional(Proposed{bare->change, std::nullopt})
                                        : std::nullopt;
    if (bytes.size() < kCompactCertificateSize)
        return std::nullopt;
    const std::size_t begin = bytes.size() - kCompactCertificateSize;
    const auto change = decode_signed_change(bytes.first(begin));
    const auto certificate = decode_certificate(bytes.subspan(begin));
    if (!change || !change->signatures.empty() || !certificate)
        return std::nullopt;
    return Proposed{change->change, *certificate};
}

// Whatever the address is that they give.
bool makes_the_same(const RosterChange& a, const RosterChange& b) {
    return a.serial == b.serial && a.before == b.before && a.step == b.step &&
           a.node.name == b.node.name && a.node.key == b.node.key && a.foreseen == b.foreseen;
}

std::string_view to_text(RosterAnswer answer) {
    switch (answer) {
        case RosterAnswer::signed_it:
            return "has signed";
        case RosterAnswer::holds_another:
            return "holds another roster, and is catching up or further on";
        case RosterAnswer::not_yet:
            return "has not held its roster for long enough yet";
        case RosterAnswer::signed_another:
            return "has signed another change of this roster";
        case RosterAnswer::own_removal:
            return "does not sign its own removal: hand over to it, and give the command there";
        case RosterAnswer::own_certificate:
            return "signs only for a node that another candidate than this one has certified: hand "
                   "over, and give the command on the new master";
        case RosterAnswer::revoked:
            return "knows that key as revoked, or cannot read what is revoked";
        case RosterAnswer::not_followed:
            return "does not follow this node now";
        case RosterAnswer::not_saved:
            return "cannot save its signature: look at its disk";
        case RosterAnswer::not_good:
            return "finds the change impossible";
        case RosterAnswer::would_sign:
            return "would sign";
    }
    contract_broken("an answer to a proposal without words");
}

}  // namespace

std::string in_words(RosterStep step, std::string_view node) {
    return fmt::format("the {} of {}", step == RosterStep::promote ? "promotion" : "retirement",
                       node);
}

// ---- a candidate

void RosterOffice::receive_proposal(const Peer& from, const RosterPart& part, const Endpoint& at,
                                    const Judges& judges, const Moment& now) {
    if (part.session == 0 || part.parts == 0 || part.parts > kMostRosterParts ||
        part.part >= part.parts || part.size > part.bytes.size()) {
        ++context_.tracking.dropped.malformed;
        return;
    }
    if (!draft_ || draft_->from != from.id || draft_->session != part.session ||
        draft_->of != part.of || draft_->parts != part.parts)
        draft_ = Draft{from.id, part.session, part.of, part.parts, {}};
    draft_->bytes.at(part.part).emplace(part.bytes.begin(), part.bytes.begin() + part.size);
    std::vector<std::uint8_t> whole;
    for (std::size_t i = 0; i < part.parts; ++i) {
        const auto& each = draft_->bytes.at(i);
        if (!each)
            return;
        whole.insert(whole.end(), each->begin(), each->end());
    }
    draft_.reset();
    const auto proposed = proposed_in(whole);
    if (!proposed)
        return say(from, at, part.session, RosterAnswer::not_good);
    const RosterAnswer verdict =
        part.of == RosterPartOf::canvass
            ? opinion(proposed->change, judges)
            : judge(proposed->change, proposed->certificate, from, judges, now);
    if (verdict != RosterAnswer::signed_it)
        return say(from, at, part.session, verdict);
    const bool again = signed_ == proposed->change && signed_in_ == judges.term;
    if (again && saved_ == generation_)
        return say(from, at, part.session, RosterAnswer::signed_it);
    pending_ = Pending{from.id, at, part.session};
    signed_ = proposed->change;
    signed_in_ = judges.term;
    if (!again || !save_again_at_)
        want_saved(now);
}

std::optional<RosterAnswer> RosterOffice::objection(const RosterChange& change,
                                                    const Judges& judges) const {
    if (change.serial != roster().serial + 1 || behind() || context_.settings.roster_in_doubt)
        return RosterAnswer::holds_another;
    if (!judges.followed)
        return RosterAnswer::not_followed;
    if (!changed(roster(), change, context_.settings.cluster) ||
        chain_.changes.size() >= kMostRosterChanges)
        return RosterAnswer::not_good;
    return std::nullopt;
}

RosterAnswer RosterOffice::opinion(const RosterChange& change, const Judges& judges) const {
    const bool another = signed_ && !makes_the_same(*signed_, change);
    return objection(change, judges)
        .value_or(another ? RosterAnswer::signed_another : RosterAnswer::would_sign);
}

RosterAnswer RosterOffice::judge(const RosterChange& change,
                                 const std::optional<Certificate>& certificate, const Peer& from,
                                 const Judges& judges, const Moment& now) const {
    const NodeSettings& settings = context_.settings;
    if (const auto why = objection(change, judges))
        return *why;
    if (signed_ && signed_in_ >= judges.term && !makes_the_same(*signed_, change))
        return RosterAnswer::signed_another;
    if (signed_ == change && signed_in_ == judges.term)
        return RosterAnswer::signed_it;
    if (change.step != RosterStep::promote) {
        if (change.node.key == settings.key->public_key())
            return RosterAnswer::own_removal;
    } else {
        if (judges.revoked == nullptr || judges.revoked->contains(change.node.key))
            return RosterAnswer::revoked;
        const bool own_word = certificate && certificate->issuer == key_id(from.key) &&
                              !roster().foresees(change.node);
        if (!certificate || !certificate->votes || certificate->key != change.node.key ||
            own_word ||
            !verify(*certificate, settings.cluster, change.node.name.view(),
                    context_.issuer_keys()))
            return RosterAnswer::own_certificate;
    }
    return settled(now) ? RosterAnswer::signed_it : RosterAnswer::not_yet;
}

void RosterOffice::say(const Peer& to, const Endpoint& at, Session session, RosterAnswer answer) {
    RosterSay say{session, answer, std::nullopt, std::nullopt};
    if (answer == RosterAnswer::signed_it)
        say.signature = sign(*signed_, *context_.settings.key, context_.settings.cluster);
    const bool tells = answer == RosterAnswer::signed_another || answer == RosterAnswer::would_sign;
    if (tells && signed_)
        say.other = OtherStep{signed_->step, signed_->node.name, signed_in_};
    context_.send(at, to.id, say, to.seal.to_peer, 0);
}

// ---- the master

std::string RosterOffice::why_not(RosterStep step, const Promoted& who) const {
    const NodeSettings& settings = context_.settings;
    if (settings.roster_in_doubt)
        return "the roster of the candidates that this node held (roster.json in `state_dir`) "
               "cannot be read: mend it, and restart berkeleyd";
    if (behind())
        return fmt::format(
            "roster {} has just come to be, and this node is still taking it up: "
            "wait some seconds",
            roster().serial);
    const RosterChange change =
        next_change(roster(), settings.cluster, step, who.node, who.foreseen);
    if (proposal_ && proposal_->change != change)
        return fmt::format(
            "{} waits for signatures: one change at a time ('berkeleyctl "
            "candidates' shows it)",
            in_words(proposal_->change.step, proposal_->change.node.name.view()));
    if (asked_for_ && asked_for_->term == context_.term &&
        !makes_the_same(asked_for_->change, change))
        return fmt::format(
            "others may have signed {} already: give that command again, or 'berkeleyctl handover' "
            "first",
            in_words(asked_for_->change.step, asked_for_->change.node.name.view()));
    if (chain_.changes.size() >= kMostRosterChanges)
        return fmt::format(
            "there were {} changes, which are the most: write the present roster "
            "and its serial into the configurations, and restart the nodes",
            kMostRosterChanges);
    if (const auto next = changed(roster(), change, settings.cluster); !next)
        return fmt::format("{} cannot be: {}", in_words(step, who.node.name.view()),
                           to_text(next.error()));
    if (step != RosterStep::promote)
        return {};
    if (!who.certificate || !who.certificate->votes)
        return fmt::format("{} was let in without a vote: certify it with one first",
                           who.node.name.view());
    if (roster().candidates.size() > 1 && !roster().foresees(who.node) &&
        who.certificate->issuer == key_id(settings.key->public_key()))
        return fmt::format(
            "{} was certified by this node, and one candidate's word is not enough to make another "
            "one: 'berkeleyctl handover', and give this command on the new master",
            who.node.name.view());
    return {};
}

void RosterOffice::propose(RosterStep step, const Promoted& who, const Moment& now) {
    if (proposal_) {
        proposal_->since = now.raw;
        return push(now);
    }
    const RosterChange change =
        next_change(roster(), context_.settings.cluster, step, who.node, who.foreseen);
    outcome_.clear();
    proposal_ = Proposal{.session = context_.nonces.next(),
                         .change = change,
                         .bytes = proposal_bytes(change, who.certificate),
                         .canvassed = false,
                         .signatures = {},
                         .said = {},
                         .since = now.raw,
                         .push_at = now.raw};
    context_.report(ReportKind::roster_proposed, context_.settings.name, 0ns,
                    in_words(step, who.node.name.view()));
    push(now);
}

void RosterOffice::push(const Moment& now) {
    if (now.raw - proposal_->since >= kProposalLasts)
        return stop_proposing("a majority has not signed it within a minute");
    if (!proposal_->canvassed)
        look_at_canvass();
    if (proposal_ && proposal_->canvassed)
        make_if_signed(now);
    if (!proposal_)
        return;
    proposal_->push_at = now.raw + kBetweenPushes;
    for (const Peer& peer : peers_.all()) {
        const auto rank = roster().rank_of(peer.key);
        if (peer.address && rank && !proposal_->signatures.at(*rank))
            push_to(peer);
    }
}

void RosterOffice::push_to(const Peer& peer) {
    const std::vector<std::uint8_t>& bytes = proposal_->bytes;
    RosterPart part;
    part.session = proposal_->session;
    part.of = proposal_->canvassed ? RosterPartOf::proposal : RosterPartOf::canvass;
    part.serial = proposal_->change.serial;
    part.parts = static_cast<std::uint8_t>((bytes.size() + kRosterPartSize - 1) / kRosterPartSize);
    for (part.part = 0; part.part < part.parts; ++part.part) {
        const std::size_t begin = part.part * kRosterPartSize;
        const std::size_t size = std::min(kRosterPartSize, bytes.size() - begin);
        part.size = static_cast<std::uint8_t>(size);
        part.bytes = {};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, part.bytes.begin());
        context_.send(*peer.address, peer.id, part, peer.seal.to_peer, 0);
    }
}

// None of who told it signs for an earlier master any more: what was signed in the latest term, if
// anything was, may have come to be, and nothing else.
void RosterOffice::look_at_canvass() {
    const RosterChange& change = proposal_->change;
    std::optional<OtherStep> latest;
    bool is_another = false;
    const auto note = [&](const OtherStep& step, bool another) {
        if (latest && step.term < latest->term)
            return;
        is_another = another || (is_another && latest->term == step.term);
        latest = step;
    };
    if (signed_)
        note({signed_->step, signed_->node.name, signed_in_}, !makes_the_same(*signed_, change));
    std::size_t heard = 1;
    for (const auto& said : proposal_->said) {
        if (!said || (said->answer != RosterAnswer::would_sign &&
                      said->answer != RosterAnswer::signed_another))
            continue;
        ++heard;
        if (said->other)
            note(*said->other, said->answer == RosterAnswer::signed_another);
    }
    if (heard < majority_of(roster().candidates.size()))
        return;
    if (is_another)
        return stop_proposing(fmt::format("{} may have come to be before: give that command first",
                                          in_words(latest->step, latest->node.view())));
    proposal_->canvassed = true;
    proposal_->said = {};
    asked_for_ = Asked{change, context_.term};
}

void RosterOffice::receive(const Peer& from, const RosterSay& say, const Moment& now) {
    const auto rank = roster().rank_of(from.key);
    if (!proposal_ || say.session != proposal_->session || !rank) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    if (proposal_->canvassed && say.answer == RosterAnswer::would_sign)
        return;  // it came late
    proposal_->said.at(*rank) = say;
    if (!proposal_->canvassed) {
        look_at_canvass();
        return proposal_ && proposal_->canvassed ? push(now) : void();
    }
    if (!say.signature)
        return;
    if (!signed_by(proposal_->change, *say.signature, from.key, context_.settings.cluster)) {
        ++context_.tracking.dropped.malformed;
        return;
    }
    proposal_->signatures.at(*rank) = *say.signature;
    make_if_signed(now);
}

// Its own signature comes last.
void RosterOffice::make_if_signed(const Moment& now) {
    const NodeSettings& settings = context_.settings;
    const auto own = roster().rank_of(settings.key->public_key());
    const auto others = static_cast<std::size_t>(std::ranges::count_if(
        proposal_->signatures, [](const auto& each) { return each.has_value(); }));
    if (!own || !settled(now) || others + 1 < majority_of(roster().candidates.size()))
        return;
    proposal_->signatures.at(*own) = sign(proposal_->change, *settings.key, settings.cluster);
    SignedChange made{proposal_->change, {}};
    for (std::size_t rank = 0; rank < proposal_->signatures.size(); ++rank) {
        if (const auto& signature = proposal_->signatures.at(rank))
            made.signatures.push_back({static_cast<std::uint8_t>(rank), *signature});
    }
    proposal_.reset();
    learn(made, now);
}

void RosterOffice::stop_proposing(std::string why) {
    if (!proposal_)
        return;
    const RosterAccount account = this->account();
    outcome_ =
        fmt::format("{} was given up: {}",
                    in_words(proposal_->change.step, proposal_->change.node.name.view()), why);
    for (const std::string& each : account.proposed->waits_for)
        outcome_ += "; " + each;
    proposal_.reset();
    context_.report(ReportKind::roster_given_up, context_.settings.name, 0ns, outcome_);
}

RosterAccount RosterOffice::account() const {
    RosterAccount account;
    account.roster = roster();
    for (const Heard& each : heard_)
        account.held.push_back(each.id == context_.self ? std::optional(context_.roster)
                                                        : each.serial);
    account.outcome = outcome_;
    if (!proposal_)
        return account;
    RosterAccount::Proposed proposed;
    proposed.step = proposal_->change.step;
    proposed.node = proposal_->change.node.name.view();
    proposed.needed = majority_of(roster().candidates.size());
    for (std::size_t rank = 0; rank < roster().candidates.size(); ++rank) {
        const TokenCandidate& who = roster().candidates[rank];
        if (proposal_->signatures.at(rank)) {
            ++proposed.signatures;
            continue;
        }
        if (id_of(who.name.view()) == context_.self)
            continue;  // last of all
        const auto& said = proposal_->said.at(rank);
        std::string sentence = fmt::format("{} {}", who.name.view(),
                                           said ? to_text(said->answer) : "has not answered");
        if (said && said->answer == RosterAnswer::signed_another && said->other)
            sentence += fmt::format(", {}", in_words(said->other->step, said->other->node.view()));
        proposed.waits_for.push_back(std::move(sentence));
    }
    account.proposed = std::move(proposed);
    return account;
}

}  // namespace berkeley
