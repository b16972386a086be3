#include "daemon/core/node/doorkeeper.hpp"

#include <optional>

namespace berkeley {
namespace {

// Of who has the key of a good certificate.
std::optional<RefusalReason> flaw_of(const Stranger& stranger, const Revocations* revocations) {
    const Certificate& certificate = *stranger.certificate;
    if (revocations == nullptr)
        return RefusalReason::trust_unreadable;
    if (revocations->contains(certificate.key))
        return RefusalReason::revoked;
    if (stranger.votes && !certificate.votes)
        return RefusalReason::not_as_certified;
    return std::nullopt;
}

Doorkeeper::Verdict admit(const Stranger& stranger, const PairSeal& seal,
                          const Revocations* revocations) {
    if (const auto flaw = flaw_of(stranger, revocations))
        return Refuse{*flaw, seal};
    return LetIn{seal};
}

}  // namespace

std::optional<Retry> Doorkeeper::retry_for(Session session, const Endpoint& from,
                                           const Moment& now) {
    if (!retries_.holds(kRetries, now.steady()))
        return std::nullopt;
    retries_.take();
    return Retry{session, cookies_.cookie_for(from, session, now.steady())};
}

Doorkeeper::Verdict Doorkeeper::judge(const Context& context, const Stranger& stranger,
                                      const DatagramReceived& event, const Knowledge& knowledge) {
    if (!stranger.certificate)
        return Drop{&DropCounters::no_certificate};
    if (!knows_cookie(stranger.cookie, stranger.session, event.from, event.now)) {
        const auto retry = retry_for(stranger.session, event.from, event.now);
        return retry ? Verdict(*retry) : Drop{&DropCounters::over_limit};
    }
    const PairSeal* known = knowledge.acquaintances.find(stranger.name, *stranger.certificate);
    if (known == nullptr)
        return judge_newcomer(context, stranger, event, knowledge);
    if (!sealed_by(event.bytes, known->from_peer))
        return Drop{&DropCounters::not_authentic};
    return admit(stranger, *known, knowledge.revocations);
}

Doorkeeper::Verdict Doorkeeper::judge_newcomer(const Context& context, const Stranger& stranger,
                                               const DatagramReceived& event,
                                               const Knowledge& knowledge) {
    const NodeSettings& settings = context.settings;
    const Certificate& certificate = *stranger.certificate;
    if (!limits_.permits(cookies_.origin_of(event.from), event.now.steady()))
        return Drop{&DropCounters::over_limit};
    const auto seal = context.seal_with(id_of(stranger.name), certificate.key);
    if (!seal || !sealed_by(event.bytes, seal->from_peer))
        return Drop{&DropCounters::not_authentic};
    if (const auto holds =
            verify(certificate, settings.cluster, stranger.name, context.issuer_keys());
        !holds)
        return Refuse{holds.error() == SignatureError::unknown_issuer
                          ? RefusalReason::unknown_issuer
                          : RefusalReason::bad_signature,
                      *seal};
    const Verdict verdict = admit(stranger, *seal, knowledge.revocations);
    if (std::holds_alternative<LetIn>(verdict))
        knowledge.acquaintances.add(stranger.name, certificate, *seal, settings.max_members);
    return verdict;
}

}  // namespace berkeley
