#include "daemon/files/credentials.hpp"

#include <cstdlib>
#include <system_error>

namespace berkeley {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
    const char* given = secure_getenv("CREDENTIALS_DIRECTORY");
    return given == nullptr ? "" : given;
}

}  // namespace

std::optional<fs::path> credential(std::string_view name) {
    const fs::path file = folder() / name;
    std::error_code ignored;
    if (file.is_absolute() && fs::exists(file, ignored))
        return file;
    return std::nullopt;
}

bool is_credential(const fs::path& file) {
    const fs::path in = folder();
    return in.is_absolute() && file.parent_path() == in;
}

}  // namespace berkeley
