#include "daemon/platform/roster_file.hpp"

#include <fmt/format.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/whole_file.hpp"

namespace berkeley {

std::string roster_not_believed(const std::filesystem::path& file, std::string_view why) {
    return fmt::format(
        "cannot go by the roster of the candidates in {}: {}. The configuration's `candidates` "
        "hold. If this node is one of them it neither votes nor leads, for it may have held a "
        "later roster: put a copy of the file back; or, where 'berkeleyctl candidates' on the "
        "others shows the configuration's roster, remove it; and restart berkeleyd",
        file.string(), why);
}

tl::expected<SavedRoster, std::string> load_roster(const std::filesystem::path& file) {
    const auto text = read_whole(file, kMaxRosterSize);
    if (!text)
        return tl::unexpected(roster_not_believed(file, error_text(text.error())));
    if (!*text)
        return SavedRoster{};
    auto roster = parse_roster(**text);
    if (!roster)
        return tl::unexpected(roster_not_believed(file, "it is not valid: " + roster.error()));
    return roster;
}

tl::expected<void, std::string> store_roster(const std::filesystem::path& file,
                                             const SavedRoster& roster) {
    constexpr mode_t kOwnerOnly = 0600;
    const auto stored = replace_whole(file, format_roster(roster), kOwnerOnly);
    if (stored)
        return {};
    return tl::unexpected(fmt::format(
        "cannot save who the candidates are to {}: {}; no change of them is signed or taken up "
        "until that works. The folder must belong to the user that berkeleyd runs as",
        file.string(), error_text(stored.error())));
}

}  // namespace berkeley
