#include "daemon/core/node/enrolment.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "daemon/core/node/finding.hpp"

namespace berkeley {
namespace {

constexpr Duration kBetweenSaves = 60s;  // of what could not be saved

}  // namespace

void Enrolment::start(const std::optional<SavedTrust>& saved) {
    registry_.load(saved);
    context_.trust_unreadable = !registry_.readable();
}

// ---- those who come

// The secret follows from the invitation's id, so also who comes with one that is long forgotten
// can be told so; and nothing that anybody else makes up is answered.
void Enrolment::receive(const Header& header, const Enrol& enrol, const DatagramReceived& event) {
    const NodeSettings& settings = context_.settings;
    const InvitationSecret secret =
        invitation_secret(*settings.key, settings.cluster, enrol.invitation);
    const NodeId joiner = id_of(enrol.name.view());
    if (header.from != joiner || enrol.nonce == 0 ||
        !sealed_by(event.bytes, enrolment_key(secret, settings.cluster, joiner, context_.self))) {
        ++context_.tracking.dropped.not_authentic;
        return;
    }
    const Invitation* invitation = registry_.find(enrol.invitation);
    const bool again = invitation != nullptr && invitation->used_by;
    const EnrolOutcome outcome = judge(enrol, again, event.now);
    Pending answer{enrol.invitation,
                   event.from,
                   joiner,
                   {enrol.nonce, outcome, {}},
                   enrolment_key(secret, settings.cluster, context_.self, joiner),
                   std::nullopt};
    if (outcome != EnrolOutcome::admitted) {
        context_.report(
            ReportKind::enrolment_refused, std::string(enrol.name.view()), 0ns,
            fmt::format("{}; asked from {}",
                        outcome == EnrolOutcome::name_taken && is_unproved_reference(enrol)
                            ? "the name is in `references`: no token gives it away"
                            : to_text(outcome),
                        to_string(event.from)));
        context_.send(answer.to, joiner, answer.answer, answer.seal, 0);
        return;
    }
    if (!again)
        answer.undo = enrol_newcomer(enrol, event.from, event.now);
    answer.answer.certificate = registry_.find(enrol.invitation)->used_by->certificate;
    if (all_saved()) {
        context_.send(answer.to, joiner, answer.answer, answer.seal, 0);
        return;
    }
    keep(std::move(answer));
    want_saved(event.now);
}

// To check a key costs as much as a signature: not for who asks again, as anybody can who heard it.
EnrolOutcome Enrolment::judge(const Enrol& enrol, bool again, const Moment& now) const {
    const EnrolOutcome outcome = registry_.judge(enrol, now.steady());
    if (outcome != EnrolOutcome::admitted)
        return outcome;
    const Member* namesake =
        leading_ != nullptr ? leading_->find(id_of(enrol.name.view())) : nullptr;
    if (context_.is_candidate(enrol.name.view()) ||
        (namesake != nullptr && namesake->session != 0 && namesake->key != enrol.key) ||
        is_unproved_reference(enrol))
        return EnrolOutcome::name_taken;
    return is_candidates(enrol.key) || !(again || usable(enrol.key)) ? EnrolOutcome::refused
                                                                     : EnrolOutcome::admitted;
}

// It would move cluster time: a token, which may have been stolen, makes nobody that.
bool Enrolment::is_unproved_reference(const Enrol& enrol) const {
    const Certificate* enrolled = registry_.certificate_of(enrol.name.view());
    const bool proved = enrolled != nullptr && enrolled->key == enrol.key;
    return !proved && std::ranges::count(context_.settings.references, enrol.name.view()) > 0;
}

Registry::Undo Enrolment::enrol_newcomer(const Enrol& enrol, const Endpoint& from,
                                         const Moment& now) {
    const NodeSettings& settings = context_.settings;
    const bool votes = registry_.find(enrol.invitation)->votes;
    const Certificate certificate = certify(*settings.key, settings.cluster, enrol.name.view(),
                                            enrol.key, votes, context_.nonces.next());
    const auto undo = registry_.enrol(enrol.invitation, {enrol.name, certificate});
    context_.report(
        ReportKind::node_enrolled, std::string(enrol.name.view()), 0ns,
        fmt::format("its key is {}, it came from {}", fingerprint(enrol.key), to_string(from)));
    changed(now);
    return undo;
}

// ---- what the operator wants

std::string Enrolment::why_no_invitation(const Moment& now) const {
    if (!registry_.readable())
        return "the record of who was enrolled and revoked (trust.json in `state_dir`) cannot be "
               "read: mend it, or put a copy back, and restart berkeleyd";
    if (!registry_.has_room_to_invite(now.steady()))
        return "too many invitations are open, or were used of late: wait until some have expired "
               "('berkeleyctl invitations' lists them)";
    return {};
}

void Enrolment::invite(const InvitationWanted& event) {
    if (!why_no_invitation(event.now).empty())
        return;
    const Invitation invitation{InvitationId{context_.nonces.next()}, event.votes,
                                event.now.steady() + event.lasts, std::nullopt, event.candidate};
    registry_.invite(invitation, event.now.steady());
    context_.actions.push_back(InvitationMade{invitation.id});
    context_.report(ReportKind::invitation_made, context_.settings.name, event.lasts,
                    event.candidate ? "which is to be a candidate"
                    : event.votes   ? "with a vote"
                                    : "without a vote");
    changed(event.now);
}

void Enrolment::no_aspirant(const NodeName& name, const Moment& now) {
    registry_.no_aspirant(name);
    changed(now);
}

std::string Enrolment::why_no_revocation(const PublicKey& key) const {
    const Revocations& revocations = registry_.content().revocations;
    if (!registry_.readable())
        return why_no_invitation({});
    if (is_candidates(key))
        return "this is a candidate's key: make it no candidate first, by 'berkeleyctl retire' on "
               "the master";
    if (revocations.contains(key))
        return "this key is revoked already";
    if (revocations.size() >= Revocations::kMost)
        return "there are as many revocations as are kept: give the cluster new candidates' keys";
    if (!revocations.has_room_for(key_id(context_.settings.key->public_key())))
        return "this candidate made as many revocations as are kept of one: revoke it on another "
               "candidate, or give this one a new key";
    return {};
}

void Enrolment::revoke(const RevocationWanted& event) {
    if (!why_no_revocation(event.key).empty())
        return;
    const NodeSettings& settings = context_.settings;
    revoke(berkeley::revoke(*settings.key, settings.cluster, event.name, event.key), event.now);
}

// That of a candidate would not hold: all nodes have its key in their configuration.
Enrolment::Told Enrolment::accept(const Revocation& revocation, const Moment& now) {
    if (!registry_.readable() || registry_.content().revocations.contains(revocation.key))
        return Told::known;
    if (is_candidates(revocation.key) ||
        !verify(revocation, context_.settings.cluster, context_.issuer_keys())) {
        ++context_.tracking.dropped.malformed;
        return Told::no_good;
    }
    return revoke(revocation, now) == Revocations::Added::yes ? Told::news : Told::known;
}

Revocations::Added Enrolment::revoke(const Revocation& revocation, const Moment& now) {
    const auto added = registry_.revoke(revocation);
    if (added != Revocations::Added::yes)
        return added;
    context_.report(ReportKind::node_revoked, std::string(revocation.name.view()), 0ns,
                    fingerprint(revocation.key));
    if (leading_ != nullptr)
        leading_->expel(revocation.key);
    changed(now);
    return added;
}

bool Enrolment::is_candidates(const PublicKey& key) const {
    return std::ranges::count(context_.settings.candidates, key, &Candidate::key) > 0;
}

// ---- the disk

void Enrolment::changed(const Moment& now) {
    ++generation_;
    want_saved(now);
}

void Enrolment::want_saved(const Moment& now) {
    if (asked_for_ >= generation_)
        return;
    asked_for_ = generation_;
    save_again_at_ = now.steady() + kBetweenSaves;
    context_.actions.push_back(SaveTrust{generation_});
}

void Enrolment::saved(const TrustSaved& event) {
    if (event.generation > generation_ || event.generation <= saved_)
        return;
    context_.trust_unsaved = !event.good;
    if (event.good) {
        saved_ = event.generation;
        if (all_saved())
            answer_all();
        return;
    }
    asked_for_ = saved_;  // it is tried again, at the latest when somebody asks again
    for (Pending& each : std::views::reverse(pending_))
        take_back(each);
    answer_all();
}

// What is not on disk is not granted; the invitation stays good for another attempt.
void Enrolment::take_back(Pending& answer) {
    if (answer.undo) {
        registry_.take_back(answer.invitation, *answer.undo);
        ++generation_;
    }
    answer.answer = {answer.answer.nonce, EnrolOutcome::refused, {}};
}

void Enrolment::timer(const Moment& now) {
    if (!all_saved() && now.steady() >= save_again_at_) {
        asked_for_ = saved_;
        want_saved(now);
    }
}

// Who asks again before the answer left is answered once, and enrolled where it was.
void Enrolment::keep(Pending answer) {
    const auto before = std::ranges::find(pending_, answer.invitation, &Pending::invitation);
    if (before == pending_.end()) {
        pending_.push_back(std::move(answer));
        return;
    }
    answer.undo = before->undo;
    *before = std::move(answer);
}

void Enrolment::answer_all() {
    for (const Pending& each : std::exchange(pending_, {}))
        context_.send(each.to, each.receiver, each.answer, each.seal, 0);
}

}  // namespace berkeley
