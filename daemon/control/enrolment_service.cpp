// The calls about who belongs to the cluster.
#include <array>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/control/answers.hpp"
#include "daemon/control/service.hpp"
#include "daemon/core/trust/text_form.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

std::int64_t whole_seconds(Duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

json::object encode(const InvitationStatus& invitation) {
    return {{"id", fmt::format("{:016x}", invitation.id.value)},
            {"votes", invitation.votes},
            {"candidate", invitation.candidate},
            {"expires_s", whole_seconds(invitation.left)},
            {"used_by", invitation.used_by ? json::value(*invitation.used_by) : json::value()}};
}

json::object encode(const EnrolledNode& node) {
    return {{"node", node.name},
            {"key", to_text(node.key)},
            {"votes", node.votes},
            {"revoked", node.revoked}};
}

template <class Rows>
Answer listed(std::string_view name, const tl::expected<Rows, std::string>& rows) {
    if (!rows)
        return not_possible(rows.error());
    json::array list;
    for (const auto& row : *rows)
        list.push_back(encode(row));
    return good({{name, std::move(list)}});
}

// Null is as good as left out.
const json::value* given(const varlink::Call& call, std::string_view key) {
    const json::value* value = call.parameters.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

Answer ControlService::invitations() {
    return listed("invitations", source_.invitations());
}

Answer ControlService::enrolled() {
    return listed("nodes", source_.enrolled());
}

Answer ControlService::invite(const varlink::Call& call, const Caller& caller) {
    if (const auto unknown = stranger(call.parameters, {"votes", "candidate", "expires_s"}))
        return invalid(*unknown);
    InvitationTerms terms;
    if (const json::value* votes = given(call, "votes")) {
        if (!votes->is_bool())
            return invalid("votes");
        terms.votes = votes->get_bool();
    }
    if (const json::value* candidate = given(call, "candidate")) {
        if (!candidate->is_bool() || (candidate->get_bool() && !terms.votes))
            return invalid("candidate");
        terms.candidate = candidate->get_bool();
    }
    if (const json::value* expires = given(call, "expires_s")) {
        constexpr auto kLeast = std::chrono::ceil<std::chrono::seconds>(kShortestInvitation);
        constexpr auto kMost = std::chrono::floor<std::chrono::seconds>(kLongestInvitation);
        if (!expires->is_int64() || expires->get_int64() < kLeast.count() ||
            expires->get_int64() > kMost.count())
            return invalid("expires_s");
        terms.lasts = std::chrono::seconds(expires->get_int64());
    }
    const auto token = operations_.invite(caller, terms);
    if (!token)
        return not_possible(token.error());
    return good({{"token", *token}, {"expires_s", whole_seconds(terms.lasts)}});
}

Answer ControlService::revoke(const varlink::Call& call, const Caller& caller) {
    if (const auto unknown = stranger(call.parameters, {"node", "key"}))
        return invalid(*unknown);
    const json::value* node = given(call, "node");
    const json::value* key = given(call, "key");
    NodeOrKey who;
    if (key == nullptr) {
        if (node == nullptr || !node->is_string())
            return invalid("node");
        const auto name = NodeName::from(std::string_view(node->get_string()));
        if (!name)
            return invalid("node");
        who = *name;
    } else {
        if (node != nullptr)
            return invalid("node");  // which of the two would it be?
        const auto parsed =
            key->is_string() ? parse_public_key(std::string_view(key->get_string()))
                             : tl::unexpected(TextError{TextFault::not_ours, TextKind::public_key});
        if (!parsed)
            return invalid("key");
        who = *parsed;
    }
    const auto revoked = operations_.revoke(caller, who);
    if (!revoked)
        return not_possible(revoked.error());
    return good({{"node", revoked->name}, {"key", to_text(revoked->key)}});
}

}  // namespace berkeley
