#include "daemon/platform/roster_text.hpp"

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

template <class T>
using Read = tl::expected<T, std::string>;

tl::unexpected<std::string> wrong(std::string_view name, std::string_view wanted) {
    return tl::unexpected(fmt::format("\"{}\" is not {}", name, wanted));
}

json::object object_of(const Roster& roster) {
    json::array candidates;
    for (const TokenCandidate& each : roster.candidates)
        candidates.push_back(json::object{{"name", each.name.view()},
                                          {"host", each.host},
                                          {"port", each.port},
                                          {"key", to_text(each.key)}});
    json::array former;
    for (const PublicKey& key : roster.former)
        former.emplace_back(to_text(key));
    return {{"serial", roster.serial},
            {"candidates", std::move(candidates)},
            {"former", std::move(former)}};
}

std::optional<std::string_view> text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<std::uint16_t> number_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0 ||
        value->get_int64() > UINT16_MAX)
        return std::nullopt;
    return static_cast<std::uint16_t>(value->get_int64());
}

Read<json::array> list(const json::object& object, std::string_view name, std::size_t most) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_array() || value->get_array().size() > most)
        return wrong(name, fmt::format("a list of at most {}", most));
    return value->get_array();
}

Read<TokenCandidate> candidate_of(const json::value& value) {
    constexpr std::string_view kWanted = "a list of candidates";
    if (!value.is_object())
        return wrong("candidates", kWanted);
    const json::object& object = value.get_object();
    const auto name = text_in(object, "name");
    const auto host = text_in(object, "host");
    const auto port = number_in(object, "port");
    const auto key = text_in(object, "key");
    if (!name || !host || !port || !key || host->size() > kMaxHostLength)
        return wrong("candidates", kWanted);
    const auto valid = NodeName::from(*name);
    const auto parsed = parse_public_key(*key);
    if (!valid)
        return wrong("name", "a node's name");
    if (!parsed)
        return tl::unexpected("of a key: " + to_text(parsed.error()));
    return TokenCandidate{*valid, std::string(*host), *port, *parsed};
}

Read<Roster> founding_of(const json::object& object) {
    const json::value* value = object.if_contains("founding");
    if (value == nullptr || !value->is_object())
        return wrong("founding", "a roster");
    const auto serial = number_in(value->get_object(), "serial");
    const auto candidates = list(value->get_object(), "candidates", kMostCandidates);
    const auto former = list(value->get_object(), "former", kMostFormer);
    if (!serial)
        return wrong("serial", "a number from 0 to 65535");
    if (!candidates || candidates->empty())
        return wrong("candidates", "a list of one to seven");
    if (!former)
        return tl::unexpected(former.error());
    Roster roster;
    roster.serial = *serial;
    for (const json::value& each : *candidates) {
        const auto candidate = candidate_of(each);
        if (!candidate)
            return tl::unexpected(candidate.error());
        if (roster.find(candidate->name.view()) != nullptr || roster.rank_of(candidate->key))
            return wrong("candidates", "a list of different ones");
        roster.candidates.push_back(*candidate);
    }
    for (const json::value& each : *former) {
        const auto key = each.is_string()
                             ? parse_public_key(std::string_view(each.get_string()))
                             : tl::unexpected(TextError{TextFault::not_ours, TextKind::public_key});
        if (!key)
            return tl::unexpected("of a key: " + to_text(key.error()));
        roster.former.push_back(*key);
    }
    return roster;
}

Read<SignedChange> change_of(const json::value& value) {
    if (!value.is_string())
        return wrong("changes", "a list of texts");
    const auto change = parse_roster_change(std::string_view(value.get_string()));
    if (!change)
        return tl::unexpected("of a change: " + to_text(change.error()));
    return *change;
}

Read<SavedRoster> roster_of(const json::object& object) {
    const json::value* version = object.if_contains("version");
    if (version == nullptr || *version != json::value(kVersion))
        return wrong("version", "1, the only one this program knows");
    SavedRoster saved;
    auto founding = founding_of(object);
    if (!founding)
        return tl::unexpected(founding.error());
    saved.chain.founding = *std::move(founding);
    const auto changes = list(object, "changes", kMostRosterChanges);
    if (!changes)
        return tl::unexpected(changes.error());
    for (const json::value& each : *changes) {
        auto change = change_of(each);
        if (!change)
            return tl::unexpected(change.error());
        saved.chain.changes.push_back(*std::move(change));
    }
    const json::value* signed_change = object.if_contains("signed");
    if (signed_change == nullptr)
        return wrong("signed", "there");
    if (signed_change->is_null())
        return saved;
    const auto change = change_of(*signed_change);
    if (!change || !change->signatures.empty())
        return wrong("signed", "a change of the roster");
    saved.signed_change = change->change;
    const json::value* signed_in = object.if_contains("signed_in");
    if (signed_in == nullptr)
        return saved;  // of before there was that
    if (!signed_in->is_int64() || signed_in->get_int64() < 0)
        return wrong("signed_in", "a term");
    saved.signed_in = static_cast<Term>(signed_in->get_int64());
    return saved;
}

}  // namespace

std::string format_roster(const SavedRoster& roster) {
    json::array changes;
    for (const SignedChange& each : roster.chain.changes)
        changes.emplace_back(to_text(each));
    const auto& own = roster.signed_change;
    return json::serialize(
               json::object{{"version", kVersion},
                            {"founding", object_of(roster.chain.founding)},
                            {"changes", std::move(changes)},
                            {"signed", own ? json::value(to_text(SignedChange{*own, {}}))
                                           : json::value(nullptr)},
                            {"signed_in", static_cast<std::int64_t>(roster.signed_in)}}) +
           "\n";
}

tl::expected<SavedRoster, std::string> parse_roster(std::string_view text) {
    return parse_json_object(text, kMaxRosterSize, kMaxDepth)
        .and_then([](const json::object& object) { return roster_of(object); });
}

}  // namespace berkeley
