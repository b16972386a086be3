// A small Debian with systemd, of the suite that this machine's apt is set up for, with all that
// the package depends on: nothing is downloaded when the package is installed in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace berkeley::test {

// The packages that packaging/build-deb and packaging/build-rpm built; empty if they have not.
std::filesystem::path built_deb();
std::filesystem::path built_rpm();

// An archive (tar) of such a root, made at need and kept in build/lab, with these packages, too.
// The error is what mmdebstrap said.
tl::expected<std::filesystem::path, std::string> debian_root_for(
    const std::filesystem::path& deb, const std::vector<std::string>& and_packages = {});

}  // namespace berkeley::test
