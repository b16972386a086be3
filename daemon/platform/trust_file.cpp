#include "daemon/platform/trust_file.hpp"

#include <fmt/format.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/whole_file.hpp"

namespace berkeley {

namespace {

tl::unexpected<std::string> unreadable(const std::filesystem::path& file, std::string_view why) {
    return tl::unexpected(fmt::format(
        "cannot read who was enrolled and revoked, {}: {}. Until that is mended, or a copy is put "
        "back, and berkeleyd is restarted, nobody is let in who is not a member now",
        file.string(), why));
}

}  // namespace

tl::expected<SavedTrust, std::string> load_trust(const std::filesystem::path& file,
                                                 const TrustPlace& place) {
    const auto text = read_whole(file, kMaxTrustSize);
    if (!text)
        return unreadable(file, error_text(text.error()));
    if (!*text)
        return SavedTrust{};
    auto trust = parse_trust(**text, place);
    if (!trust)
        return unreadable(file, "it is not valid: " + trust.error());
    return trust;
}

tl::expected<void, std::string> store_trust(const std::filesystem::path& file,
                                            const SavedTrust& trust, const TrustPlace& place) {
    constexpr mode_t kOwnerOnly = 0600;
    const auto stored = replace_whole(file, format_trust(trust, place), kOwnerOnly);
    if (stored)
        return {};
    return tl::unexpected(fmt::format(
        "cannot save who was enrolled and revoked to {}: {}; nobody is enrolled until that works. "
        "The folder must belong to the user that berkeleyd runs as",
        file.string(), error_text(stored.error())));
}

}  // namespace berkeley
