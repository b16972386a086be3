// Files that come to be all together or not at all, and never in the place of others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/files/file_error.hpp"

namespace berkeley {

enum class Access : std::uint8_t {
    daemon_only,  // 0600, and the daemon's user's if we are root and there is such a user
    everyone,     // 0644, ours
};

class FreshFiles {
  public:
    FreshFiles() = default;
    ~FreshFiles();  // leaves nothing behind of what was not placed
    FreshFiles(const FreshFiles&) = delete;
    FreshFiles& operator=(const FreshFiles&) = delete;

    // Writes it beside its place, flushed, under another name; a newline is added if the text
    // ends without. The last folder of its path is made if there is none.
    tl::expected<void, FileError> add(const std::filesystem::path& file, std::string_view text,
                                      Access access);

    // Gives all of them their names, in the order of add(). If one exists already or there is no
    // way, none of them is there.
    tl::expected<void, FileError> place();

  private:
    struct Entry {
        std::filesystem::path file;
        std::filesystem::path beside;
        bool placed = false;
    };

    tl::expected<void, FileError> need_folder(const std::filesystem::path& folder);

    std::vector<Entry> entries_;
    std::vector<std::filesystem::path> folders_;
    bool done_ = false;
};

}  // namespace berkeley
