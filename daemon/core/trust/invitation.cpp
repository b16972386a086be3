#include "daemon/core/trust/invitation.hpp"

#include <algorithm>
#include <set>

namespace berkeley {
namespace {

// Of host names, IPv4, IPv6 and the interface of a link-local address: nothing that could mean
// something in a configuration or on a terminal.
bool host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-:%@").find(c) != std::string_view::npos;
}

}  // namespace

bool valid(const TokenCandidate& candidate) {
    return !candidate.name.view().empty() && !candidate.host.empty() &&
           candidate.host.size() <= kMaxHostLength &&
           std::ranges::all_of(candidate.host, host_character) && candidate.port != 0 &&
           usable(candidate.key);
}

bool valid(const Token& token) {
    if (token.cluster.view().empty() || token.candidates.size() > kMostCandidates ||
        token.inviting_index >= token.candidates.size() || token.former.size() > kMostFormer ||
        (token.roster == 0 && !token.former.empty()) || (token.candidate && !token.votes) ||
        !std::ranges::all_of(token.former, [](const PublicKey& key) { return usable(key); }))
        return false;
    std::set<std::string_view> names;
    std::set<PublicKey> keys;
    return std::ranges::all_of(token.candidates, [&names, &keys](const TokenCandidate& candidate) {
        return valid(candidate) && names.insert(candidate.name.view()).second &&
               keys.insert(candidate.key).second;
    });
}

InvitationSecret invitation_secret(const SecretKey& inviting, std::string_view cluster,
                                   InvitationId id) {
    using namespace std::string_view_literals;
    InvitationSecret secret;
    const SealingKey derived = directed_key(inviting.seed().bytes, "berkeleyd invitation v1\0"sv,
                                            cluster, NodeId{id.value}, NodeId{});
    std::copy_n(derived.bytes.begin(), secret.bytes.size(), secret.bytes.begin());
    return secret;
}

SealingKey enrolment_key(const InvitationSecret& secret, std::string_view cluster, NodeId from,
                         NodeId to) {
    using namespace std::string_view_literals;
    return directed_key(secret.bytes, "berkeleyd enrolment v1\0"sv, cluster, from, to);
}

}  // namespace berkeley
