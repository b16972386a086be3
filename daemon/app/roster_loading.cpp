#include "daemon/app/roster_loading.hpp"

#include <utility>

#include "daemon/platform/roster_file.hpp"

namespace berkeley {

std::filesystem::path roster_file(const Config& config) {
    return config.state_dir / "roster.json";
}

LoadedRoster load_held_roster(const Config& config) {
    LoadedRoster loaded{{{{config.configured, {}}, std::nullopt}, config.configured, ""}, ""};
    auto kept = load_roster(roster_file(config));
    if (!kept) {
        loaded.wrong = std::move(kept.error());
        return loaded;
    }
    auto held = held_roster(config, *std::move(kept));
    if (held)
        loaded.held = *std::move(held);
    else
        loaded.wrong = roster_not_believed(roster_file(config), held.error());
    return loaded;
}

void take_held_roster(Config& config, const LoadedRoster& loaded) {
    take_roster(config, loaded.held.roster);
    config.node.roster_in_doubt = !loaded.wrong.empty();
}

}  // namespace berkeley
