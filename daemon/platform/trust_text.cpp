#include "daemon/platform/trust_text.hpp"

#include <algorithm>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/platform/json_object.hpp"

namespace berkeley {

namespace {

namespace json = boost::json;

constexpr int kVersion = 1;
constexpr std::size_t kMaxDepth = 4;
constexpr std::size_t kMostEnrolled = 10'000;

template <class T>
using Read = tl::expected<T, std::string>;

tl::unexpected<std::string> wrong(std::string_view name, std::string_view wanted) {
    return tl::unexpected(fmt::format("\"{}\" is not {}", name, wanted));
}

std::string certificate_text(const NodeName& cluster, const NodeName& name,
                             const Certificate& certificate) {
    return to_text(NamedCertificate{cluster, name, certificate});
}

json::object object_of(const Invitation& invitation, const NodeName& cluster) {
    json::object object{{"id", invitation.id.value},
                        {"votes", invitation.votes},
                        {"candidate", invitation.candidate},
                        {"expires_ns", invitation.expires.ns}};
    const auto& user = invitation.used_by;
    object["used_by"] = user ? json::value(certificate_text(cluster, user->name, user->certificate))
                             : json::value(nullptr);
    return object;
}

Read<Enrolled> enrolled_of(const json::value* value, const NodeName& cluster) {
    if (value == nullptr || !value->is_string())
        return tl::unexpected<std::string>("a certificate is missing");
    const auto named = parse_certificate(std::string_view(value->get_string()));
    if (!named)
        return tl::unexpected("of a certificate: " + to_text(named.error()));
    if (named->cluster != cluster)
        return tl::unexpected(fmt::format("it is of another cluster, {}", named->cluster.view()));
    return Enrolled{named->name, named->certificate};
}

// Files of earlier versions have none.
std::optional<bool> flag_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr)
        return false;
    return value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

Read<Invitation> invitation_of(const json::value& value, const NodeName& cluster) {
    constexpr std::string_view kWanted = "a list of invitations";
    if (!value.is_object())
        return wrong("invitations", kWanted);
    const json::object& object = value.get_object();
    const json::value* id = object.if_contains("id");
    const json::value* votes = object.if_contains("votes");
    const json::value* expires = object.if_contains("expires_ns");
    const json::value* used_by = object.if_contains("used_by");
    json::error_code bad_id;
    json::error_code bad_time;
    if (id == nullptr || votes == nullptr || expires == nullptr || used_by == nullptr ||
        !id->is_number() || id->is_double() || !votes->is_bool() || !expires->is_int64())
        return wrong("invitations", kWanted);
    const auto candidate = flag_in(object, "candidate");
    if (!candidate)
        return wrong("invitations", kWanted);
    Invitation invitation;
    invitation.candidate = *candidate;
    invitation.id.value = id->to_number<std::uint64_t>(bad_id);
    invitation.votes = votes->get_bool();
    invitation.expires.ns = expires->to_number<std::int64_t>(bad_time);
    if (bad_id || bad_time)
        return wrong("invitations", kWanted);
    if (used_by->is_null())
        return invitation;
    const auto user = enrolled_of(used_by, cluster);
    if (!user)
        return tl::unexpected(user.error());
    invitation.used_by = *user;
    return invitation;
}

Read<json::array> list(const json::object& object, std::string_view name, std::size_t most) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_array() || value->get_array().size() > most)
        return wrong(name, fmt::format("a list of at most {}", most));
    return value->get_array();
}

Read<void> read_invitations(const json::array& all, const NodeName& cluster, SavedTrust& trust) {
    for (const json::value& each : all) {
        const auto invitation = invitation_of(each, cluster);
        if (!invitation)
            return tl::unexpected(invitation.error());
        trust.invitations.push_back(*invitation);
    }
    return {};
}

Read<void> read_enrolled(const json::array& all, const NodeName& cluster, SavedTrust& trust) {
    for (const json::value& each : all) {
        const auto enrolled = enrolled_of(&each, cluster);
        if (!enrolled)
            return tl::unexpected(enrolled.error());
        trust.enrolled.insert_or_assign(std::string(enrolled->name.view()), enrolled->certificate);
    }
    return {};
}

// Likewise.
Read<void> read_aspirants(const json::object& object, SavedTrust& trust) {
    const json::value* all = object.if_contains("aspirants");
    if (all == nullptr)
        return {};
    if (!all->is_array())
        return wrong("aspirants", "a list of names");
    for (const json::value& each : all->get_array()) {
        const auto name =
            each.is_string() ? NodeName::from(std::string_view(each.get_string())) : std::nullopt;
        if (!name || !trust.enrolled.contains(name->view()) ||
            std::ranges::count(trust.aspirants, *name) > 0)
            return wrong("aspirants", "a list of different nodes that are enrolled");
        trust.aspirants.push_back(*name);
    }
    return {};
}

Read<void> read_revocations(const json::array& all, SavedTrust& trust) {
    for (const json::value& each : all) {
        if (!each.is_string())
            return wrong("revocations", "a list of texts");
        const auto revocation = parse_revocation(std::string_view(each.get_string()));
        if (!revocation)
            return tl::unexpected("of a revocation: " + to_text(revocation.error()));
        trust.revocations.restore(*revocation);
    }
    return {};
}

bool of_this_boot(const json::object& object, const TrustPlace& place) {
    const json::value* boot_id = object.if_contains("boot_id");
    return boot_id != nullptr && boot_id->is_string() && !place.boot_id.empty() &&
           boot_id->get_string() == place.boot_id;
}

Read<SavedTrust> trust_of(const json::object& object, const TrustPlace& place) {
    const json::value* version = object.if_contains("version");
    if (version == nullptr || *version != json::value(kVersion))
        return wrong("version", "1, the only one this program knows");
    const auto invitations = list(object, "invitations", Registry::kMostInvitations);
    const auto enrolled = list(object, "enrolled", kMostEnrolled);
    const auto revocations = list(object, "revocations", Revocations::kMost);
    for (const auto* each : {&invitations, &enrolled, &revocations}) {
        if (!*each)
            return tl::unexpected(each->error());
    }
    SavedTrust trust;
    const auto all = read_invitations(*invitations, place.cluster, trust)
                         .and_then([&] { return read_enrolled(*enrolled, place.cluster, trust); })
                         .and_then([&] { return read_aspirants(object, trust); })
                         .and_then([&] { return read_revocations(*revocations, trust); });
    if (!all)
        return tl::unexpected(all.error());
    if (!of_this_boot(object, place))
        trust.invitations.clear();
    return trust;
}

}  // namespace

std::string format_trust(const SavedTrust& trust, const TrustPlace& place) {
    json::array invitations;
    for (const Invitation& invitation : trust.invitations)
        invitations.emplace_back(object_of(invitation, place.cluster));
    json::array enrolled;
    for (const auto& [name, certificate] : trust.enrolled)
        enrolled.emplace_back(
            certificate_text(place.cluster, NodeName::from(name).value(), certificate));
    json::array aspirants;
    for (const NodeName& name : trust.aspirants)
        aspirants.emplace_back(name.view());
    json::array revocations;
    for (const auto& [key, revocation] : trust.revocations)
        revocations.emplace_back(to_text(revocation));
    return json::serialize(json::object{{"version", kVersion},
                                        {"boot_id", place.boot_id},
                                        {"invitations", std::move(invitations)},
                                        {"enrolled", std::move(enrolled)},
                                        {"aspirants", std::move(aspirants)},
                                        {"revocations", std::move(revocations)}}) +
           "\n";
}

tl::expected<SavedTrust, std::string> parse_trust(std::string_view text, const TrustPlace& place) {
    return parse_json_object(text, kMaxTrustSize, kMaxDepth)
        .and_then([&place](const json::object& object) { return trust_of(object, place); });
}

}  // namespace berkeley
