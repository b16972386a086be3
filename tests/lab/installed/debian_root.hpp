// A small Debian with systemd, of the suite that this machine's apt is set up for, with all that
// the package depends on: nothing is downloaded when the package is installed in it.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

namespace berkeley::test {

// The package that packaging/build-deb built; empty if it has not.
std::filesystem::path built_deb();

// An archive (tar) of such a root, made at need and kept in build/lab. The error is what mmdebstrap
// said.
tl::expected<std::filesystem::path, std::string> debian_root_for(const std::filesystem::path& deb);

}  // namespace berkeley::test
