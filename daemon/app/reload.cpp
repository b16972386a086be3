#include "daemon/app/reload.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace berkeley {

namespace {

// A configuration alone has none.
std::optional<PublicKey> public_key(const NodeSettings& node) {
    return node.key ? std::optional(node.key->public_key()) : std::nullopt;
}

std::vector<std::string> names(const NodeSettings& node) {
    std::vector<std::string> all;
    std::ranges::transform(node.candidates, std::back_inserter(all), &Candidate::name);
    return all;
}

}  // namespace

ConfigChanges changes_between(const Config& running, const Config& fresh) {
    ConfigChanges changes;
    const auto note = [](bool changed, const char* key, std::vector<std::string>& keys) {
        if (changed)
            keys.emplace_back(key);
    };
    const NodeSettings& old_node = running.node;
    const NodeSettings& node = fresh.node;
    const bool other_names = names(old_node) != names(node);

    auto& restart = changes.needs_restart;
    note(old_node.name != node.name, "name", restart);
    note(old_node.cluster != node.cluster, "cluster", restart);
    note(other_names, "candidates", restart);
    note(!other_names && old_node.candidates != node.candidates, "keys", restart);
    note(running.listen != fresh.listen, "listen", restart);
    note(old_node.clock != node.clock, "clock", restart);
    note(running.socket != fresh.socket, "socket", restart);
    note(running.state_dir != fresh.state_dir, "state_dir", restart);
    note(running.key_file != fresh.key_file || public_key(old_node) != public_key(node), "key_file",
         restart);
    note(running.certificate_file != fresh.certificate_file ||
             old_node.certificate != node.certificate,
         "certificate_file", restart);
    note(running.simulated != fresh.simulated, "simulated", restart);

    auto& taken = changes.taken_over;
    note(!other_names && running.candidates != fresh.candidates, "candidates", taken);
    note(old_node.expect != node.expect, "expect", taken);
    note(old_node.failure_domains != node.failure_domains, "failure_domains", taken);
    note(old_node.references != node.references, "references", taken);
    note(old_node.step_threshold != node.step_threshold, "step_threshold", taken);
    note(old_node.step_policy != node.step_policy, "step_policy", taken);
    note(old_node.move_limit != node.move_limit, "move_limit", taken);
    note(running.log_level != fresh.log_level, "log_level", taken);
    note(old_node.poll_min != node.poll_min, "poll.min", taken);
    note(old_node.poll_max != node.poll_max, "poll.max", taken);
    return changes;
}

Config taken_over(const Config& running, const Config& fresh) {
    Config config = running;
    config.node.take_over(fresh.node);
    config.log_level = fresh.log_level;
    config.configured = fresh.configured;
    if (names(running.node) == names(fresh.node))
        config.candidates = fresh.candidates;
    return config;
}

std::string listed(const std::vector<std::string>& keys) {
    return fmt::format("{}", fmt::join(keys, ", "));
}

}  // namespace berkeley
