// The files of a node that is being made: where they are, and what the configuration says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/config/config.hpp"
#include "daemon/core/trust/public_key.hpp"

namespace berkeley::ctl {

// Key and certificate stand beside the configuration.
struct NodePaths {
    explicit NodePaths(std::string_view config_file);

    std::filesystem::path config;
    std::filesystem::path key;
    std::filesystem::path certificate;
};

struct NewNode {
    std::string made_by;  // "berkeleyctl init"
    std::string cluster;
    std::string name;
    std::vector<CandidateAddress> candidates;
    std::vector<PublicKey> candidate_keys;
    RosterSerial roster = 0;             // that these are
    std::vector<PublicKey> former_keys;  // of candidates once
    std::optional<int> expect;
    std::uint16_t port = kDefaultPort;  // to listen on
};

// Goes through parse_config(). Files in their usual places are not named in it.
std::string config_text(const NewNode& node, const NodePaths& paths);

// What is left in `state_dir` of another cluster, as a sentence that says what to do; empty if
// nothing is. Drop-ins may say where that is.
std::string left_by_another(const NewNode& node, const NodePaths& paths);

// The name given, or the host's. The error says how to give another.
tl::expected<std::string, std::string> node_name(const std::string& given);

// "host", "host:port", "[v6]:port": the port only where it is not the usual one.
std::string place(const CandidateAddress& candidate);

}  // namespace berkeley::ctl
