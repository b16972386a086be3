// What another configuration changes in a daemon that runs.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/config.hpp"

namespace berkeley {

struct ConfigChanges {
    std::vector<std::string> taken_over;     // keys, in the order of berkeleyd.toml(5)
    std::vector<std::string> needs_restart;  // likewise; another key in the key file is "key_file"
};

ConfigChanges changes_between(const Config& running, const Config& fresh);

// `running` with that of `fresh` which can be taken over: what needs a restart stays as it is.
Config taken_over(const Config& running, const Config& fresh);

// "listen, clock"; at least one
std::string listed(const std::vector<std::string>& keys);

}  // namespace berkeley
