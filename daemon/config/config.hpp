// The configuration as text (TOML, berkeleyd.toml(5)) and as checked values. No file is read here:
// who calls brings the text, and reads the node's key and certificate afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/core/node/log_level.hpp"
#include "daemon/core/node/settings.hpp"
#include "daemon/core/trust/public_key.hpp"

namespace berkeley {

inline constexpr std::uint16_t kDefaultPort = 10525;  // UDP
inline constexpr std::size_t kMaxConfigSize =
    std::size_t{1024} * 1024;  // bytes, all files together
inline constexpr std::string_view kDefaultConfigFile = "/etc/berkeleyd/berkeleyd.toml";
inline constexpr std::string_view kDefaultKeyFile = "/etc/berkeleyd/node.key";
inline constexpr std::string_view kDefaultCertificateFile = "/etc/berkeleyd/node.cert";
inline constexpr std::string_view kDefaultSocket = "/run/berkeleyd/control.sock";

// Where a candidate is found. `host` is a name to be looked up, or a numeric address; IPv6 without
// brackets, perhaps with a "%eth0" behind it.
struct CandidateAddress {
    std::string name;
    std::string host;
    std::uint16_t port = kDefaultPort;

    bool operator==(const CandidateAddress&) const = default;
};

// Where to listen. `host` as above; "::" is every address of the machine, IPv4 and IPv6.
struct ListenAddress {
    std::string host = "::";
    std::uint16_t port = kDefaultPort;

    bool operator==(const ListenAddress&) const = default;
};

struct SimulatedClock {
    Duration offset{0};  // of the made-up system clock from the machine's, at start
    double drift = 0;    // of the made-up oscillator against the machine's, dimensionless

    bool operator==(const SimulatedClock&) const = default;
};

struct Config {
    NodeSettings node;                         // all of it but what is in the two files
    std::vector<CandidateAddress> candidates;  // the same, in the same order, as node.candidates
    std::vector<PublicKey> candidate_keys;     // in that order, too
    // The candidates as the text has them; the others may be those of a later roster: roster.hpp.
    Roster configured;
    std::vector<ListenAddress> listen;
    std::filesystem::path socket;
    std::filesystem::path state_dir;
    std::filesystem::path key_file;
    std::filesystem::path certificate_file;  // a candidate needs none
    SimulatedClock simulated;                // zero unless node.clock is simulated
    Priority log_level = Priority::info;
};

// What stands in for keys that depend on the machine.
struct ConfigDefaults {
    std::string name;  // the short host name
    std::string key_file{kDefaultKeyFile};
    std::string certificate_file{kDefaultCertificateFile};
};

struct ConfigError {
    std::string file;
    std::uint32_t line = 1;  // from 1; 1:1 where something is missing from the file
    std::uint32_t column = 1;
    std::string message;  // what is wrong and what to do; no control characters

    bool operator==(const ConfigError&) const = default;
};

// As compilers write it: "berkeleyd.toml:3:1: unknown key 'lissen': did you mean 'listen'?"
std::string to_string(const ConfigError& error);

struct ConfigSource {
    std::string file;  // only repeated in errors
    std::string text;
};

// At least one source. What a later one says overrides the earlier ones, key by key, also within
// [poll] and [simulated]. Any bytes may come in. All errors are found, not just the first, and
// given in the order of the texts; only a breach of TOML's own grammar hides what is wrong
// elsewhere. What is overridden is not looked at.
tl::expected<Config, std::vector<ConfigError>> parse_config(std::span<const ConfigSource> sources,
                                                            const ConfigDefaults& defaults);
tl::expected<Config, std::vector<ConfigError>> parse_config(std::string_view text,
                                                            std::string_view file_name,
                                                            const ConfigDefaults& defaults);

}  // namespace berkeley
