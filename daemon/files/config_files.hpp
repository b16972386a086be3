// The texts that make one configuration, read from disk: as the daemon and `berkeleyctl validate`
// both do. What they say is daemon/config's matter.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/config/config.hpp"
#include "daemon/files/file_error.hpp"

namespace berkeley {

inline constexpr std::size_t kMostDropIns = 100;

// `file`, and then what the folder `file`.d holds that ends in ".toml", in the order of the names'
// bytes. Hidden files are passed over (an editor's lock), and there need be no such folder;
// whatever else cannot be read is an error. Not more is read than parse_config() takes.
tl::expected<std::vector<ConfigSource>, FileError> read_config_files(
    const std::filesystem::path& file);

// The drop-ins alone, of a `file` that need not be there.
tl::expected<std::vector<ConfigSource>, FileError> read_drop_ins(const std::filesystem::path& file);

// What this machine and, in a service, systemd's credentials "node.key" and "node.cert" give.
ConfigDefaults config_defaults();

// The host name up to its first dot.
std::string short_host_name();

}  // namespace berkeley
