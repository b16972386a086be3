// Who the candidates are at a start: those of the configuration, and what became of them.
#pragma once

#include <filesystem>
#include <string>

#include "daemon/config/roster.hpp"

namespace berkeley {

struct LoadedRoster {
    HeldRoster held;
    std::string wrong;       // a sentence, where the file cannot be believed: see Config's `node`
    bool forbidden = false;  // it is not known, as this user may not read it
};

std::filesystem::path roster_file(const Config& config);

LoadedRoster load_held_roster(const Config& config);

// Goes by it, and by doubt if there is any.
void take_held_roster(Config& config, const LoadedRoster& loaded);

// For a configuration that is to be: what stands in its way in `state_dir`, as a sentence; empty if
// there is nothing of another cluster.
std::string left_by_another(const Config& config);

}  // namespace berkeley
