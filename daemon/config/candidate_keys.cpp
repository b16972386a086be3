#include "daemon/config/candidate_keys.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"

namespace berkeley {
namespace {

constexpr std::string_view kHowToFind = "`berkeleyctl key --public` prints it there";

std::vector<std::string_view> names_of(const std::vector<CandidateAddress>& candidates) {
    std::vector<std::string_view> names;
    for (const CandidateAddress& candidate : candidates)
        names.push_back(candidate.name);
    return names;
}

// What is wrong with it is told.
std::optional<PublicKey> read_key(const toml::node& node, const std::string& name,
                                  ErrorList& errors) {
    const auto* text = node.as_string();
    if (text == nullptr) {
        const bool dotted = node.is_table();
        errors.add(node, fmt::format("{} is {}: {}", name, kind_of(node),
                                     dotted ? "a name with dots in it stands in quotes"
                                            : "give the public key as a string, in quotes"));
        return std::nullopt;
    }
    const auto key = parse_public_key(text->get());
    if (key)
        return *key;
    errors.add(node, fmt::format("{}: {}", name, to_text(key.error())));
    return std::nullopt;
}

void reject_shared(const toml::table& table, const Config& config, ErrorList& errors) {
    std::map<PublicKey, std::string_view> owners;
    for (std::size_t i = 0; i < config.candidates.size(); ++i) {
        const std::string& name = config.candidates[i].name;
        if (config.candidate_keys[i] == PublicKey{})
            continue;  // told already
        const auto [owner, is_first] = owners.emplace(config.candidate_keys[i], name);
        if (!is_first)
            errors.add(*table.get(name),
                       fmt::format("'keys.{}' is the key of '{}', too: every node has a key of its "
                                   "own",
                                   name, owner->second));
    }
}

void reject_strangers(const toml::table& table, const Config& config,
                      std::span<const std::string_view> elsewhere, ErrorList& errors) {
    const std::vector<std::string_view> names = names_of(config.candidates);
    if (names.empty())
        return;  // told already
    for (const auto& [key, value] : table) {
        const std::string_view name = key.str();
        if (std::ranges::find(names, name) != names.end())
            continue;
        const std::string_view meant = nearest(name, names);
        std::string advice = "remove it; only the keys of 'candidates' stand here";
        if (std::ranges::find(elsewhere, name) != elsewhere.end())
            advice = fmt::format("'{}' belongs above the first [table] header", name);
        else if (!meant.empty())
            advice = fmt::format("did you mean '{}'?", meant);
        errors.add(key.source(), fmt::format("{} is the key of no candidate: {}",
                                             in_quotes("keys." + std::string(name)), advice));
    }
}

}  // namespace

void read_candidate_keys(TableReader& reader, Config& config,
                         std::span<const std::string_view> elsewhere, ErrorList& errors) {
    config.candidate_keys.assign(config.candidates.size(), {});
    if (reader.node("keys") == nullptr)
        return errors.add_missing(
            fmt::format("'[keys]' is missing: it has the public key of every candidate, NAME = "
                        "\"berkeleyd-key-1:...\"; {}",
                        kHowToFind));
    const toml::table* table = reader.table("keys");
    if (table == nullptr)
        return;
    for (std::size_t i = 0; i < config.candidates.size(); ++i) {
        const std::string& name = config.candidates[i].name;
        const toml::node* node = table->get(name);
        if (node == nullptr)
            errors.add(*table, fmt::format("[keys] lacks the public key of the candidate '{}': {}",
                                           name, kHowToFind));
        else
            config.candidate_keys[i] =
                read_key(*node, fmt::format("'keys.{}'", name), errors).value_or(PublicKey{});
        config.node.candidates[i].key = config.candidate_keys[i];
    }
    reject_shared(*table, config, errors);
    reject_strangers(*table, config, elsewhere, errors);
}

}  // namespace berkeley
