#include "daemon/platform/roster_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

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

namespace {

std::string not_permitted(const std::filesystem::path& file) {
    if (geteuid() == 0 || faccessat(AT_FDCWD, file.parent_path().c_str(), W_OK, AT_EACCESS) == 0)
        return fmt::format(
            "not permitted to read {0}, which tells who the candidates are by now: it must belong "
            "to the user that berkeleyd runs as (`chown berkeleyd {0}`). Until then the "
            "configuration's `candidates` hold, and if this node is one of them it neither votes "
            "nor leads",
            file.string());
    return fmt::format(
        "not permitted to read {}, which tells who the candidates are by now: only root and the "
        "user that berkeleyd runs as are; try as root",
        file.string());
}

}  // namespace

tl::expected<SavedRoster, RosterFileError> load_roster(const std::filesystem::path& file) {
    const auto text = read_whole(file, kMaxRosterSize);
    if (!text)
        return tl::unexpected(RosterFileError{
            text.error(), text.error() == EACCES
                              ? not_permitted(file)
                              : roster_not_believed(file, error_text(text.error()))});
    if (!*text)
        return SavedRoster{};
    auto roster = parse_roster(**text);
    if (!roster)
        return tl::unexpected(
            RosterFileError{0, roster_not_believed(file, "it is not valid: " + roster.error())});
    return *std::move(roster);
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
