// Keys and certificates in files, as operators have them. A node's key follows from its name
// (tests/support/node_keys.hpp), so that a test can speak for whom it likes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace berkeley::test {

// As they stand in the files.
std::string key_text(std::string_view name);
std::string certificate_text(std::string_view cluster, std::string_view name,
                             std::string_view issuer);

void write_key(const std::filesystem::path& file, std::string_view name);
void write_certificate(const std::filesystem::path& file, std::string_view cluster,
                       std::string_view name, std::string_view issuer);

// A line of the configuration's top level that pins the candidate's key, or that of `whose`.
std::string pinned(std::string_view candidate);
std::string pinned(std::string_view candidate, std::string_view whose);

}  // namespace berkeley::test
