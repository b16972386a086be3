// To what the emulator listens on.
#pragma once

#include <filesystem>

#include "daemon/platform/file_descriptor.hpp"
#include "tests/system/support/waiting.hpp"

namespace berkeley::lab {

FileDescriptor connect_to(const std::filesystem::path& socket);  // empty if nobody listens

bool await_input(int fd, test::Seconds limit);

}  // namespace berkeley::lab
