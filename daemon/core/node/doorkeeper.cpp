#include "daemon/core/node/doorkeeper.hpp"

#include <optional>

namespace berkeley {
namespace {

std::optional<RefusalReason> flaw_of(const Context& context, const Stranger& stranger,
                                     const Revocations* revocations) {
    const Certificate& certificate = *stranger.certificate;
    const auto holds =
        verify(certificate, context.settings.cluster, stranger.name, context.issuer_keys());
    if (!holds) {
        return holds.error() == SignatureError::unknown_issuer ? RefusalReason::unknown_issuer
                                                               : RefusalReason::bad_signature;
    }
    if (revocations == nullptr)
        return RefusalReason::trust_unreadable;
    if (revocations->contains(certificate.key))
        return RefusalReason::revoked;
    if (stranger.votes && !certificate.votes)
        return RefusalReason::not_as_certified;
    return std::nullopt;
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
                                      std::span<const std::uint8_t> bytes, const Endpoint& from,
                                      const Moment& now, const Revocations* revocations) {
    if (!stranger.certificate)
        return Drop{&DropCounters::no_certificate};
    if (!knows_cookie(stranger.cookie, stranger.session, from, now)) {
        const auto retry = retry_for(stranger.session, from, now);
        return retry ? Verdict(*retry) : Drop{&DropCounters::over_limit};
    }
    if (!limits_.permits(cookies_.place_of(from), now.steady()))
        return Drop{&DropCounters::over_limit};
    const auto seal = context.seal_with(id_of(stranger.name), stranger.certificate->key);
    if (!seal || !sealed_by(bytes, seal->from_peer))
        return Drop{&DropCounters::not_authentic};
    if (const auto flaw = flaw_of(context, stranger, revocations))
        return Refuse{*flaw, *seal};
    return LetIn{*seal};
}

}  // namespace berkeley
