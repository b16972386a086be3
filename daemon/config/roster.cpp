#include "daemon/config/roster.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace berkeley {
namespace {

HeldRoster only(const Config& config, std::string note) {
    return {{{config.configured, {}}, std::nullopt}, config.configured, std::move(note)};
}

bool same_candidates(const Roster& a, const Roster& b, std::string_view cluster) {
    Roster other = b;
    other.serial = a.serial;
    return digest_of(a, cluster) == digest_of(other, cluster);
}

}  // namespace

Roster roster_of(const Config& config) {
    Roster roster{
        .serial = config.node.roster, .candidates = {}, .former = config.node.former_keys};
    for (std::size_t i = 0; i < config.candidates.size(); ++i) {
        const CandidateAddress& each = config.candidates[i];
        roster.candidates.push_back(
            {NodeName::from(each.name).value(), each.host, each.port, config.candidate_keys.at(i)});
    }
    return roster;
}

std::string in_words(const Roster& roster) {
    std::vector<std::string_view> names;
    for (const TokenCandidate& each : roster.candidates)
        names.push_back(each.name.view());
    return fmt::format("{} (roster {})", fmt::join(names, ", "), roster.serial);
}

bool has_other_origin(const Config& config, const SavedRoster& kept) {
    const Roster& own = config.configured;
    const auto known = [&own](const PublicKey& key) {
        return own.rank_of(key).has_value() || std::ranges::count(own.former, key) > 0;
    };
    const Roster& founding = kept.chain.founding;
    return !founding.candidates.empty() &&
           std::ranges::none_of(founding.candidates, known, &TokenCandidate::key) &&
           std::ranges::none_of(founding.former, known) &&
           std::ranges::none_of(kept.chain.changes, [&known](const SignedChange& each) {
               return known(each.change.node.key);
           });
}

tl::expected<HeldRoster, RosterDoubt> held_roster(const Config& config, SavedRoster kept) {
    const Roster& own = config.configured;
    const std::string& cluster = config.node.cluster;
    if (kept.chain.founding.candidates.empty())
        return only(config, "");
    const auto rosters = rosters_of(kept.chain, cluster);
    const bool outdated = rosters && own.serial > rosters->back().serial;
    if (!outdated && has_other_origin(config, kept))
        return tl::unexpected(
            RosterDoubt{"none of the candidates' keys in it stands in the configuration", true});
    if (!rosters)
        return tl::unexpected(RosterDoubt{std::string(to_text(rosters.error())), false});
    const Roster& last = rosters->back();
    if (outdated)
        return only(config, fmt::format("the configuration has a later roster, {}, than this node "
                                        "held, {}: that of the configuration holds",
                                        in_words(own), in_words(last)));
    HeldRoster held{std::move(kept), last, ""};
    const bool on_the_way = std::ranges::any_of(*rosters, [&](const Roster& each) {
        return each.serial == own.serial && digest_of(each, cluster) == digest_of(own, cluster);
    });
    if (!on_the_way)
        held.note = fmt::format(
            "the configuration has {}, which never became {}, as this node holds it: the latter "
            "holds. To go by the configuration all the same, as when a majority of the candidates "
            "is lost, write roster = {} into it, on all nodes",
            in_words(own), in_words(last), last.serial + 1);
    else if (!same_candidates(own, last, cluster))
        held.note = fmt::format(
            "the configuration has {}; by 'berkeleyctl promote' and 'retire' the candidates are {} "
            "now: these hold",
            in_words(own), in_words(last));
    return held;
}

void take_roster(Config& config, const Roster& roster) {
    config.candidates.clear();
    config.candidate_keys.clear();
    config.node.candidates.clear();
    for (const TokenCandidate& each : roster.candidates) {
        const TokenCandidate* own = config.configured.find(each.name.view());
        const TokenCandidate& place = own != nullptr && own->key == each.key ? *own : each;
        const std::string name(each.name.view());
        config.candidates.push_back({name, place.host, place.port});
        config.candidate_keys.push_back(each.key);
        config.node.candidates.push_back({name, each.key});
    }
    config.node.roster = roster.serial;
    config.node.former_keys = roster.former;
}

}  // namespace berkeley
