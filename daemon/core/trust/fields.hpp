// The parts of each value in their order: one description serves writing, reading and signing. What
// stands in signed_fields() is signed, so its order may never change.
#pragma once

#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/revocation.hpp"
#include "daemon/core/trust/roster.hpp"

namespace berkeley {

template <class Archive>
void signed_fields(Archive& archive, Certificate& certificate) {
    archive.bytes(certificate.key.bytes);
    archive.number(certificate.issuer.value);
    archive.flag(certificate.votes);
    archive.number(certificate.serial);
}

template <class Archive>
void fields(Archive& archive, Certificate& certificate) {
    signed_fields(archive, certificate);
    archive.bytes(certificate.signature);
}

template <class Archive>
void fields(Archive& archive, NamedCertificate& named) {
    archive.name(named.cluster);
    archive.name(named.name);
    fields(archive, named.certificate);
}

template <class Archive>
void signed_fields(Archive& archive, Revocation& revocation) {
    archive.bytes(revocation.key.bytes);
    archive.name(revocation.name);
    archive.number(revocation.issuer.value);
}

template <class Archive>
void fields(Archive& archive, Revocation& revocation) {
    signed_fields(archive, revocation);
    archive.bytes(revocation.signature);
}

template <class Archive>
void fields(Archive& archive, PublicKey& key) {
    archive.bytes(key.bytes);
}

template <class Archive, std::size_t size>
void fields(Archive& archive, WipedBytes<size>& secret) {
    archive.bytes(secret.bytes);
}

template <class Archive>
void fields(Archive& archive, TokenCandidate& candidate) {
    archive.name(candidate.name);
    archive.text(candidate.host, kMaxHostLength);
    archive.number(candidate.port);
    fields(archive, candidate.key);
}

// What an invitation grants, in one byte.
enum class WrittenGrant : std::uint8_t { none, vote, vote_and_candidacy };

template <class Archive>
void fields(Archive& archive, Token& token) {
    archive.name(token.cluster);
    archive.list(token.candidates, kMostCandidates);
    archive.number(token.inviting_index);
    archive.number(token.invitation.value);
    fields(archive, token.secret);
    auto grant =
        token.candidate ? WrittenGrant::vote_and_candidacy : static_cast<WrittenGrant>(token.votes);
    archive.choice(grant, WrittenGrant::vote_and_candidacy);
    token.votes = grant != WrittenGrant::none;
    token.candidate = grant == WrittenGrant::vote_and_candidacy;
    archive.last_if_not_zero(token.roster);
    if (token.roster != 0)
        archive.list(token.former, kMostFormer);
}

template <class Archive>
void fields(Archive& archive, Foreseen& foreseen) {
    archive.name(foreseen.name);
    fields(archive, foreseen.key);
}

// A promotion that foresees another is a step of its own there.
enum class WrittenStep : std::uint8_t { promote, retire, distrust, promote_and_foresee };

template <class Archive>
void signed_fields(Archive& archive, RosterChange& change) {
    archive.number(change.serial);
    archive.bytes(change.before);
    auto step =
        change.foreseen ? WrittenStep::promote_and_foresee : static_cast<WrittenStep>(change.step);
    archive.choice(step, WrittenStep::promote_and_foresee);
    const bool foresees = step == WrittenStep::promote_and_foresee;
    change.step = foresees ? RosterStep::promote : static_cast<RosterStep>(step);
    fields(archive, change.node);
    if (!foresees)
        return;
    Foreseen foreseen = change.foreseen.value_or(Foreseen{});
    fields(archive, foreseen);
    change.foreseen = foreseen;
}

template <class Archive>
void fields(Archive& archive, RosterSignature& signature) {
    archive.number(signature.rank);
    archive.bytes(signature.signature);
}

template <class Archive>
void fields(Archive& archive, SignedChange& change) {
    signed_fields(archive, change.change);
    archive.list(change.signatures, kMostCandidates);
}

}  // namespace berkeley
