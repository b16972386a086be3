#include "daemon/config/config.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <sys/un.h>

#include "daemon/config/address.hpp"
#include "daemon/config/candidate_keys.hpp"
#include "daemon/config/reader.hpp"
#include "daemon/config/roster.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/time/rate.hpp"
#include "daemon/core/trust/text_form.hpp"

namespace berkeley {
namespace {

constexpr std::string_view kDefaultStateDir = "/var/lib/berkeleyd";
constexpr std::size_t kMostListens = 64;

constexpr std::array<std::string_view, 20> kTopLevelKeys = {
    "name",           "cluster",     "listen",     "candidates", "keys",
    "roster",         "former_keys", "expect",     "references", "failure_domains",
    "clock",          "socket",      "state_dir",  "key_file",   "certificate_file",
    "step_threshold", "step_policy", "move_limit", "log_level",  "simulated"};

constexpr std::string_view kNameRule = "use 1 to 63 letters, digits, '.', '_' and '-'";

struct Entry {
    std::string text;
    const toml::node* node = nullptr;
};

// A list of strings, or a single one where `single` allows it. `key`: for messages.
std::vector<Entry> read_list(const toml::node* node, std::string_view key, bool single,
                             ErrorList& errors) {
    if (node == nullptr)
        return {};
    if (const auto* one = node->as_string(); one != nullptr && single)
        return {{one->get(), node}};
    const auto* array = node->as_array();
    if (array == nullptr) {
        errors.add(*node, fmt::format("'{}' is {}: give an array of strings, [\"...\"]", key,
                                      kind_of(*node)));
        return {};
    }
    if (array->empty())
        errors.add(*node, fmt::format("'{}' is empty: name at least one, or leave the key out if "
                                      "it has a default",
                                      key));
    std::vector<Entry> entries;
    for (const toml::node& element : *array) {
        if (const auto* text = element.as_string())
            entries.push_back({text->get(), &element});
        else
            errors.add(element, fmt::format("'{}' holds {}: all its entries are strings", key,
                                            kind_of(element)));
    }
    return entries;
}

void read_listen(TableReader& reader, Config& config, ErrorList& errors) {
    for (const Entry& entry : read_list(reader.node("listen"), "listen", true, errors)) {
        const auto address = parse_host_port(entry.text, kDefaultPort);
        if (!address) {
            errors.add(*entry.node, "'listen': " + address.error());
            continue;
        }
        const ListenAddress listen{address->host, address->port};
        if (std::ranges::find(config.listen, listen) != config.listen.end())
            errors.add(*entry.node,
                       fmt::format("'listen' names {} twice: remove one", in_quotes(entry.text)));
        else if (config.listen.size() == kMostListens)
            return errors.add(*entry.node, fmt::format("'listen' has more than {} addresses: "
                                                       "'[::]' listens on all there are",
                                                       kMostListens));
        else
            config.listen.push_back(listen);
    }
    if (config.listen.empty())
        config.listen.emplace_back();
}

tl::expected<CandidateAddress, std::string> parse_candidate(std::string_view text) {
    const auto equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    if (!valid_name(name))
        return tl::unexpected(
            fmt::format("{} is no node's name: {}; an address goes behind it, 'NAME=HOST:PORT'",
                        in_quotes(name), kNameRule));
    const std::string_view address =
        equals == std::string_view::npos ? name : text.substr(equals + 1);
    const auto found = parse_host_port(address, kDefaultPort);
    if (!found)
        return tl::unexpected(found.error());
    return CandidateAddress{std::string(name), found->host, found->port};
}

void read_candidates(TableReader& reader, Config& config, ErrorList& errors) {
    if (reader.node("candidates") == nullptr)
        return errors.add_missing(
            "'candidates' is missing: name the nodes of which one leads, candidates = "
            "[\"NAME=HOST\"]");
    const std::vector<Entry> entries =
        read_list(reader.node("candidates"), "candidates", false, errors);
    for (const Entry& entry : entries) {
        const auto candidate = parse_candidate(entry.text);
        if (!candidate) {
            errors.add(*entry.node, "'candidates': " + candidate.error());
            continue;
        }
        if (std::ranges::find(config.node.candidates, candidate->name, &Candidate::name) !=
            config.node.candidates.end()) {
            errors.add(*entry.node,
                       fmt::format("'candidates' names '{}' twice: remove one", candidate->name));
            continue;
        }
        config.candidates.push_back(*candidate);
        config.node.candidates.push_back({candidate->name, {}});
    }
    if (entries.size() > kMostCandidates)
        errors.add(*entries[kMostCandidates].node,
                   fmt::format("'candidates' has {} entries, and {} are the most: a majority of "
                               "them elects the master, and all the others follow without a vote",
                               entries.size(), kMostCandidates));
}

void read_references(TableReader& reader, Config& config, ErrorList& errors) {
    constexpr std::size_t kMostReferences = 64;
    auto& references = config.node.references;
    for (const Entry& entry : read_list(reader.node("references"), "references", false, errors)) {
        if (!valid_name(entry.text))
            errors.add(*entry.node, fmt::format("'references': {} is no node's name: {}",
                                                in_quotes(entry.text), kNameRule));
        else if (std::ranges::find(references, entry.text) != references.end())
            errors.add(*entry.node,
                       fmt::format("'references' names '{}' twice: remove one", entry.text));
        else if (references.size() == kMostReferences)
            return errors.add(*entry.node, fmt::format("'references' has more than {} entries: "
                                                       "three to seven are enough",
                                                       kMostReferences));
        else
            references.push_back(entry.text);
    }
}

// Which roster the candidates are, where that is not the first.
void read_roster(TableReader& reader, Config& config, ErrorList& errors) {
    if (const auto serial = reader.integer("roster", 0, UINT16_MAX))
        config.node.roster = static_cast<RosterSerial>(*serial);
    for (const Entry& entry : read_list(reader.node("former_keys"), "former_keys", false, errors)) {
        const auto key = parse_public_key(entry.text);
        if (!key)
            errors.add(*entry.node, "'former_keys': " + to_text(key.error()));
        else if (config.node.former_keys.size() == kMostFormer)
            return errors.add(*entry.node,
                              fmt::format("'former_keys' has more than {} keys", kMostFormer));
        else
            config.node.former_keys.push_back(*key);
    }
}

// The table [failure_domains]: a domain's name and those of its nodes.
void read_failure_domains(TableReader& reader, Config& config, ErrorList& errors) {
    const toml::table* table = reader.table("failure_domains");
    if (table == nullptr)
        return;
    std::map<std::string, std::string, std::less<>> domains;  // by node
    for (const auto& [key, value] : *table) {
        const std::string name = printable("failure_domains." + std::string(key.str()), 100);
        std::vector<std::string> nodes;
        for (const Entry& entry : read_list(&value, name, false, errors)) {
            const auto [other, is_first] = domains.emplace(entry.text, name);
            if (!valid_name(entry.text))
                errors.add(*entry.node, fmt::format("'{}': {} is no node's name: {}", name,
                                                    in_quotes(entry.text), kNameRule));
            else if (!is_first)
                errors.add(*entry.node,
                           fmt::format("'{}' names '{}', which '{}' does: a clock has one vote, "
                                       "remove it from one of them",
                                       name, entry.text, other->second));
            else
                nodes.push_back(entry.text);
        }
        if (!nodes.empty())
            config.node.failure_domains.add(nodes);
    }
}

void read_name(TableReader& reader, std::string_view key, std::string fallback, std::string& name,
               ErrorList& errors) {
    const auto given = reader.text(key);
    if (given) {
        name = *given;
        if (!valid_name(name))
            errors.add(*reader.node(key), fmt::format("'{}' is {}, which is no valid name: {}", key,
                                                      in_quotes(name), kNameRule));
        return;
    }
    if (reader.node(key) != nullptr)
        return;  // of a wrong type: already told
    name = std::move(fallback);
    if (name.empty())
        errors.add_missing(fmt::format("'{0}' is missing: add {0} = \"...\"; {1}", key, kNameRule));
    else if (!valid_name(name))
        errors.add_missing(fmt::format("'{}' is missing, and the default, {}, is no valid name: {}",
                                       key, in_quotes(name), kNameRule));
}

std::filesystem::path read_path(TableReader& reader, std::string_view key,
                                std::string_view fallback, ErrorList& errors) {
    const auto given = reader.text(key);
    if (!given)
        return fallback;
    // The daemon's working directory is / under systemd and anything elsewhere.
    if (!given->starts_with('/') || given->find('\0') != std::string::npos)
        errors.add(*reader.node(key), fmt::format("'{}' is {}: give an absolute path, beginning "
                                                  "with '/'",
                                                  key, in_quotes(*given)));
    return *given;
}

void read_paths(TableReader& reader, Config& config, const ConfigDefaults& defaults,
                ErrorList& errors) {
    config.socket = read_path(reader, "socket", kDefaultSocket, errors);
    config.state_dir = read_path(reader, "state_dir", kDefaultStateDir, errors);
    config.key_file = read_path(reader, "key_file", defaults.key_file, errors);
    config.certificate_file =
        read_path(reader, "certificate_file", defaults.certificate_file, errors);
    constexpr std::size_t kLongestSocket = sizeof(sockaddr_un::sun_path) - 1;
    if (config.socket.native().size() > kLongestSocket)
        errors.add(*reader.node("socket"),
                   fmt::format("'socket' is {} bytes long: Unix sockets take a path of at most {}",
                               config.socket.native().size(), kLongestSocket));
}

void read_clock(TableReader& reader, Config& config) {
    constexpr std::array<std::string_view, 4> kModes = {"system", "simulated", "observe",
                                                        "reference"};
    constexpr std::array<std::string_view, 2> kPolicies = {"first", "never"};
    if (const auto mode = reader.choice("clock", kModes))
        config.node.clock = std::array{ClockMode::system, ClockMode::simulated, ClockMode::observe,
                                       ClockMode::reference}[*mode];
    if (const auto policy = reader.choice("step_policy", kPolicies))
        config.node.step_policy = std::array{StepPolicy::first, StepPolicy::never}[*policy];
    if (const auto threshold = reader.number("step_threshold", {0.001, 86'400, "seconds"}))
        config.node.step_threshold = seconds(*threshold);
    if (const auto limit = reader.number("move_limit", {0.001, 1e9, "seconds"}))
        config.node.move_limit = seconds(*limit);
    if (const auto expect = reader.integer("expect", 1, 1000))
        config.node.expect = static_cast<std::size_t>(*expect);
}

void read_simulated(TableReader& reader, Config& config, ErrorList& errors) {
    const toml::table* table = reader.table("simulated");
    if (table == nullptr)
        return;
    if (config.node.clock != ClockMode::simulated)
        errors.add(*table,
                   "[simulated] says how a made-up clock goes, and 'clock' asks for none: "
                   "remove the table, or set clock = \"simulated\"");
    TableReader simulated(*table, "simulated.", errors);
    // 1e12 ms are 31 years either way: enough for a clock that thinks it is 1995.
    if (const auto offset = simulated.number("offset_ms", {-1e12, 1e12, "milliseconds"}))
        config.simulated.offset = nanoseconds_of(*offset * 1e6);
    if (const auto drift = simulated.number("drift_ppm", {-500, 500, "ppm"}))
        config.simulated.drift = *drift * kPpm;
    simulated.reject_unknown(kTopLevelKeys);
}

void read_poll(TableReader& reader, Config& config, ErrorList& errors) {
    const toml::table* table = reader.table("poll");
    if (table == nullptr)
        return;
    constexpr NumberRange kRange{0.01, 1024, "seconds"};
    TableReader poll(*table, "poll.", errors);
    const auto least = poll.number("min", kRange);
    const auto most = poll.number("max", kRange);
    if (least)
        config.node.poll_min = seconds(*least);
    if (most)
        config.node.poll_max = seconds(*most);
    const bool readable = (least || !table->contains("min")) && (most || !table->contains("max"));
    if (readable && config.node.poll_min > config.node.poll_max)
        errors.add(least ? *table->get("min") : *table->get("max"),
                   fmt::format("'poll.min' ({} s) is more than 'poll.max' ({} s): exchange them, "
                               "or give both",
                               as_seconds(config.node.poll_min), as_seconds(config.node.poll_max)));
    poll.reject_unknown(kTopLevelKeys);
}

Config read_all(const toml::table& table, const ConfigDefaults& defaults, ErrorList& errors) {
    Config config;
    TableReader reader(table, "", errors);
    read_name(reader, "name", defaults.name, config.node.name, errors);
    read_name(reader, "cluster", "", config.node.cluster, errors);
    read_listen(reader, config, errors);
    read_candidates(reader, config, errors);
    read_candidate_keys(reader, config, kTopLevelKeys, errors);
    read_roster(reader, config, errors);
    read_clock(reader, config);
    read_references(reader, config, errors);
    read_failure_domains(reader, config, errors);
    read_paths(reader, config, defaults, errors);
    if (const auto level = reader.choice("log_level", kLogLevels))
        config.log_level = log_level(*level);
    read_simulated(reader, config, errors);
    read_poll(reader, config, errors);
    reader.reject_unknown();
    return config;
}

// Keys and values are moved, as copies would not know where they came from.
void override_with(toml::table& merged, toml::table& later) {
    for (auto&& [key, value] : later) {
        toml::table* const old = merged[key.str()].as_table();
        toml::table* const fresh = value.as_table();
        if (old != nullptr && fresh != nullptr) {
            override_with(*old, *fresh);
            continue;
        }
        merged.erase(key.str());  // and with it the old key's place
        value.visit(
            [&merged, &place = key](auto& concrete) { merged.insert(place, std::move(concrete)); });
    }
}

}  // namespace

std::string to_string(const ConfigError& error) {
    return fmt::format("{}:{}:{}: {}", error.file, error.line, error.column, error.message);
}

tl::expected<Config, std::vector<ConfigError>> parse_config(std::span<const ConfigSource> sources,
                                                            const ConfigDefaults& defaults) {
    ErrorList errors(sources);
    toml::table merged;
    std::size_t size = 0;
    for (const ConfigSource& source : sources) {
        size += source.text.size();
        if (size > kMaxConfigSize) {
            errors.add(
                {{1, 1}, {1, 1}, std::make_shared<const std::string>(source.file)},
                fmt::format("the configuration is longer than {} bytes: is it the right one?",
                            kMaxConfigSize));
            return tl::unexpected(std::move(errors).take());
        }
        toml::parse_result parsed = toml::parse(source.text, source.file);
        if (!parsed) {
            constexpr std::size_t kLongestCause = 300;  // bytes
            errors.add(parsed.error().source(),
                       "not TOML: " + printable(parsed.error().description(), kLongestCause));
            continue;
        }
        override_with(merged, parsed.table());
    }
    if (!errors.empty())
        return tl::unexpected(std::move(errors).take());
    Config config = read_all(merged, defaults, errors);
    if (!errors.empty())
        return tl::unexpected(std::move(errors).take());
    config.configured = roster_of(config);
    return config;
}

tl::expected<Config, std::vector<ConfigError>> parse_config(std::string_view text,
                                                            std::string_view file_name,
                                                            const ConfigDefaults& defaults) {
    const ConfigSource only{std::string(file_name), std::string(text)};
    return parse_config(std::span(&only, 1), defaults);
}

}  // namespace berkeley
