// What systemd hands to a service by LoadCredential= and the like (systemd.exec(5)): files in a
// folder that only the service can enter.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace berkeley {

// The file of that name, if systemd gave one.
std::optional<std::filesystem::path> credential(std::string_view name);

bool is_credential(const std::filesystem::path& file);

}  // namespace berkeley
