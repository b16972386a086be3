// What an operator may ask of the daemon about who belongs to the cluster.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/app/daemon.hpp"
#include "daemon/app/notices.hpp"
#include "daemon/core/trust/text_form.hpp"

namespace berkeley {
namespace {

// All but the invitation and its secret. An address that a new node could make nothing of makes it
// invalid.
Token token_of(const Config& config) {
    Token token;
    token.cluster = NodeName::from(config.node.cluster).value();
    token.roster = config.node.roster;
    if (token.roster != 0)
        token.former = config.node.former_keys;
    for (std::size_t i = 0; i < config.candidates.size(); ++i) {
        const CandidateAddress& address = config.candidates[i];
        token.candidates.push_back({NodeName::from(address.name).value(), address.host,
                                    address.port, config.node.candidates.at(i).key});
        if (address.name == config.node.name)
            token.inviting_index = static_cast<std::uint8_t>(i);
    }
    return token;
}

NodeName nameless() {
    return NodeName::from("unknown").value();
}

}  // namespace

tl::expected<std::vector<InvitationStatus>, std::string> Daemon::invitations() {
    const Registry* registry = node_.registry();
    const Moment now = clock_->now();
    if (registry == nullptr)
        return tl::unexpected(node_.why_no_invitation(now));
    std::vector<InvitationStatus> all;
    for (const Invitation& each : registry->content().invitations) {
        if (now.steady() >= each.expires)
            continue;
        InvitationStatus status{each.id, each.votes, each.expires - now.steady(), std::nullopt,
                                each.candidate};
        if (each.used_by)
            status.used_by = std::string(each.used_by->name.view());
        all.push_back(std::move(status));
    }
    return all;
}

tl::expected<std::vector<EnrolledNode>, std::string> Daemon::enrolled() {
    const Registry* registry = node_.registry();
    if (registry == nullptr)
        return tl::unexpected(node_.why_no_invitation(clock_->now()));
    std::vector<EnrolledNode> all;
    for (const auto& [name, certificate] : registry->content().enrolled)
        all.push_back({name, certificate.key, certificate.votes, false});
    for (const auto& [key, revocation] : registry->content().revocations)
        all.push_back({std::string(revocation.name.view()), key, false, true});
    std::ranges::stable_sort(all, {}, &EnrolledNode::name);
    return all;
}

tl::expected<std::string, std::string> Daemon::invite(const Caller& caller,
                                                      const InvitationTerms& terms) {
    journal_.write(notice::operator_asked(
        caller, terms.candidate ? "invite, for a node that is to be a candidate" : "invite"));
    const Moment now = clock_->now();
    const std::string why_not =
        terms.candidate ? node_.why_no_candidate_invitation(now) : node_.why_no_invitation(now);
    if (!why_not.empty())
        return tl::unexpected(why_not);
    Token token = token_of(config_);
    if (!valid(token))
        return tl::unexpected<std::string>(
            "a new node could not find this one by what stands in `candidates`: give it a host "
            "name or an address there, NAME=HOST, and reload");
    invited_.reset();
    handle(InvitationWanted{now, terms.votes, terms.lasts, terms.candidate});
    if (!invited_)
        return tl::unexpected<std::string>("no invitation was made: berkeleyd is being stopped");
    token.invitation = *invited_;
    token.secret = invitation_secret(*config_.node.key, config_.node.cluster, *invited_);
    token.votes = terms.votes;
    token.candidate = terms.candidate;
    return to_text(token);
}

std::optional<PublicKey> Daemon::key_of_member_or_candidate(const NodeName& name) const {
    if (const auto key = node_.key_of(name.view()))
        return key;
    const auto& candidates = config_.node.candidates;
    const auto found = std::ranges::find(candidates, name.view(), &Candidate::name);
    return found == candidates.end() ? std::nullopt : std::optional(found->key);
}

tl::expected<Revoked, std::string> Daemon::revoke(const Caller& caller, const NodeOrKey& who) {
    journal_.write(notice::operator_asked(caller, "revoke"));
    if (node_.registry() == nullptr)
        return tl::unexpected(node_.why_no_revocation({}));
    const auto* name = std::get_if<NodeName>(&who);
    const std::optional<PublicKey> key =
        name != nullptr ? key_of_member_or_candidate(*name) : std::get<PublicKey>(who);
    if (!key)
        return tl::unexpected(
            fmt::format("no node {} is known here: give its public key, which 'berkeleyctl key "
                        "--public' prints there",
                        name->view()));
    const std::string why_not = node_.why_no_revocation(*key);
    if (!why_not.empty())
        return tl::unexpected(why_not);
    const NodeName known_as = name != nullptr ? *name : node_.name_of(*key).value_or(nameless());
    handle(RevocationWanted{clock_->now(), known_as, *key});
    if (!trust_keeper_.finish(kPatienceOfACall))
        return tl::unexpected(fmt::format(
            "{} is revoked and put out, but that could not be saved to {}: a restart would forget "
            "it. The journal tells why; it is tried again every minute",
            known_as.view(), trust_keeper_.file().string()));
    return Revoked{std::string(known_as.view()), *key};
}

}  // namespace berkeley
