#include "daemon/files/roster_loading.hpp"

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/roster_file.hpp"

namespace berkeley {

namespace {

std::string of_other_origin(const Config& config) {
    return fmt::format("{} is of another cluster than this {}, or of an earlier beginning of it",
                       roster_file(config).string(), config.node.cluster);
}

}  // namespace

std::filesystem::path roster_file(const Config& config) {
    return config.state_dir / "roster.json";
}

LoadedRoster load_held_roster(const Config& config) {
    LoadedRoster loaded{
        {{{config.configured, {}}, std::nullopt}, config.configured, ""}, "", false};
    auto kept = load_roster(roster_file(config));
    if (!kept) {
        loaded.wrong = std::move(kept.error().message);
        loaded.forbidden = kept.error().cause == EACCES;
        return loaded;
    }
    auto held = held_roster(config, *std::move(kept));
    if (held)
        loaded.held = *std::move(held);
    else if (held.error().other_origin)
        loaded.wrong = fmt::format(
            "{}: {}. If the configuration is right, stop berkeleyd, move {} away, and start it "
            "again; until then a candidate neither votes nor leads",
            of_other_origin(config), held.error().why, config.state_dir.string());
    else
        loaded.wrong = roster_not_believed(roster_file(config), held.error().why);
    return loaded;
}

void take_held_roster(Config& config, const LoadedRoster& loaded) {
    take_roster(config, loaded.held.roster);
    config.node.roster_in_doubt = !loaded.wrong.empty();
}

std::string left_by_another(const Config& config) {
    const auto kept = load_roster(roster_file(config));
    if (!kept || !has_other_origin(config, *kept))
        return {};
    return fmt::format(
        "{}, which this machine was in before: berkeleyd would not go by what is kept there. If "
        "that cluster is given up, stop berkeleyd, move {} away, and give this command again; "
        "nothing is changed",
        of_other_origin(config), config.state_dir.string());
}

}  // namespace berkeley
