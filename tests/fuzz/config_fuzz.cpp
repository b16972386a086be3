// Any bytes as a configuration, and as one with a drop-in: what stands behind the first NUL.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/config/config.hpp"
#include "daemon/core/contract.hpp"
#include "daemon/core/wire/identity.hpp"

namespace {

using namespace berkeley;

void check(const Config& config) {
    ensure(valid_name(config.node.name) && valid_name(config.node.cluster), "a name that is none");
    ensure(!config.candidates.empty() && config.candidates.size() == config.candidate_keys.size(),
           "candidates without keys");
    ensure(!config.listen.empty(), "nowhere to listen");
    ensure(config.node.poll_min > 0ns && config.node.poll_min <= config.node.poll_max,
           "polls that come before or never");
    ensure(config.node.step_threshold >= 0ns, "a negative threshold");
    for (const CandidateAddress& candidate : config.candidates)
        ensure(valid_name(candidate.name) && !candidate.host.empty() && candidate.port != 0,
               "a candidate that nobody can find");
}

void check(const std::vector<ConfigError>& errors) {
    ensure(!errors.empty(), "refused without a reason");
    for (const ConfigError& error : errors) {
        ensure(error.line >= 1 && error.column >= 1, "an error nowhere");
        ensure(!error.message.empty() &&
                   std::ranges::none_of(error.message,
                                        [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }),
               "an error that is nothing for a terminal");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto end = std::min(text.find('\0'), text.size());
    std::vector<ConfigSource> sources{{"a.toml", text.substr(0, end)}};
    if (end < text.size())
        sources.push_back({"b.toml", text.substr(end + 1)});
    const ConfigDefaults defaults{"node1"};
    const auto config = parse_config(sources, defaults);
    config ? check(*config) : check(config.error());
    return 0;
}
