// Small files that are read whole, and replaced whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>
#include <tl/expected.hpp>

namespace berkeley {

// At most one byte more than `most`, so that a longer one is told from it; nothing if there is no
// such file. Errors are those of errno.
tl::expected<std::optional<std::string>, int> read_whole(const std::filesystem::path& file,
                                                         std::size_t most);

// Also over a loss of power: a new file, flushed, takes the old one's place.
tl::expected<void, int> replace_whole(const std::filesystem::path& file, std::string_view text,
                                      mode_t mode);

}  // namespace berkeley
