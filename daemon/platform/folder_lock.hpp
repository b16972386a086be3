// That a folder is one process's: two daemons with one folder would put each other's state in
// place of their own.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "daemon/platform/file_descriptor.hpp"

namespace berkeley {

// Held while the descriptor is open, so at most as long as the process lives (flock(2)); leaves
// nothing behind. An empty descriptor where the file system knows no such locks. The error says who
// holds it: "berkeleyd (pid 123)", or "another process".
tl::expected<FileDescriptor, std::string> lock_folder(const std::filesystem::path& folder);

}  // namespace berkeley
