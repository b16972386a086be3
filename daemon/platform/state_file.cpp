#include "daemon/platform/state_file.hpp"

#include <fmt/format.h>

#include "daemon/platform/error_text.hpp"
#include "daemon/platform/whole_file.hpp"

namespace berkeley {

tl::expected<SavedState, std::string> load_state(const std::filesystem::path& file,
                                                 const RawClockIdentity& clock) {
    const auto text = read_whole(file, kMaxStateSize);
    if (!text) {
        return tl::unexpected(fmt::format("cannot read the saved state {}: {}; starting without it",
                                          file.string(), error_text(text.error())));
    }
    if (!*text)
        return SavedState{};
    auto state = parse_state(**text, clock);
    if (state)
        return state;
    return tl::unexpected(
        fmt::format("the saved state {} is not valid: {}; starting without it, and it will be "
                    "replaced",
                    file.string(), state.error()));
}

tl::expected<void, std::string> store_state(const std::filesystem::path& file,
                                            const SavedState& state,
                                            const RawClockIdentity& clock) {
    constexpr mode_t kReadableByAll = 0644;
    const auto stored = replace_whole(file, format_state(state, clock), kReadableByAll);
    if (stored)
        return {};
    return tl::unexpected(fmt::format(
        "cannot save state to {}: {}; the next start will take longer. The folder must belong to "
        "the user that berkeleyd runs as",
        file.string(), error_text(stored.error())));
}

}  // namespace berkeley
