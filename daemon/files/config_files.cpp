#include "daemon/files/config_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/files/credentials.hpp"
#include "daemon/files/reading.hpp"

namespace berkeley {
namespace {

namespace fs = std::filesystem;

tl::unexpected<FileError> unreadable(const fs::path& file, int cause) {
    return tl::unexpected(FileError{cause, fmt::format("cannot read the configuration file {}: {}",
                                                       file.string(), words_of(cause))});
}

// It says whom this node believes: who may write it needs no key.
std::optional<FileError> open_to_everybody(const fs::path& place, const struct stat& status) {
    const bool keeps = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
    if (!keeps || (status.st_mode & S_IWOTH) == 0)
        return std::nullopt;
    return FileError{
        EINVAL, fmt::format("everybody can write the configuration {0} (mode {1:04o}): see that "
                            "it says what you want, and `chmod o-w {0}`",
                            place.string(), status.st_mode & 07777)};
}

tl::expected<ConfigSource, FileError> read_source(const fs::path& file, std::size_t most) {
    const OpenFile opened = open_to_read(file.c_str());
    struct stat status{};
    if (!opened || fstat(opened.fd(), &status) != 0)
        return unreadable(file, errno);
    if (S_ISDIR(status.st_mode))  // whatever its mode: to change that of /tmp would be no help
        return tl::unexpected(FileError{
            EISDIR,
            fmt::format("cannot read the configuration file {}: it is a folder", file.string())});
    if (auto unsafe = open_to_everybody(file, status))
        return tl::unexpected(std::move(*unsafe));
    auto text = read_at_most(opened.fd(), most);
    if (!text)
        return unreadable(file, text.error());
    return ConfigSource{file.string(), std::move(*text)};
}

tl::unexpected<FileError> bad_folder(const fs::path& folder, int cause) {
    return tl::unexpected(FileError{cause, fmt::format("cannot look for drop-ins in {}: {}",
                                                       folder.string(), words_of(cause))});
}

tl::expected<std::vector<fs::path>, FileError> drop_ins_in(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found;
    fs::directory_iterator entry(folder, error);
    if (error == std::errc::no_such_file_or_directory)
        return found;
    struct stat status{};
    if (stat(folder.c_str(), &status) != 0)
        return bad_folder(folder, errno);
    if (auto unsafe = open_to_everybody(folder, status))
        return tl::unexpected(std::move(*unsafe));
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with('.') || !name.ends_with(".toml"))
            continue;
        if (found.size() == kMostDropIns) {
            return tl::unexpected(
                FileError{E2BIG, fmt::format("there are more than {} drop-ins in {}: put them "
                                             "together in fewer files",
                                             kMostDropIns, folder.string())});
        }
        found.push_back(entry->path());
    }
    if (error)
        return bad_folder(folder, error.value());
    std::ranges::sort(found, {}, [](const fs::path& path) { return path.native(); });
    return found;
}

tl::expected<std::vector<ConfigSource>, FileError> read_sources(
    const std::vector<fs::path>& files) {
    std::vector<ConfigSource> sources;
    // One byte more than may be, so that the parser sees when it is too much.
    std::size_t left = kMaxConfigSize + 1;
    for (const fs::path& each : files) {
        auto source = read_source(each, left);
        if (!source)
            return tl::unexpected(source.error());
        left -= source->text.size();
        sources.push_back(std::move(*source));
    }
    return sources;
}

}  // namespace

tl::expected<std::vector<ConfigSource>, FileError> read_config_files(const fs::path& file) {
    auto files = drop_ins_in(file.string() + ".d");
    if (!files)
        return tl::unexpected(files.error());
    files->insert(files->begin(), file);
    return read_sources(*files);
}

tl::expected<std::vector<ConfigSource>, FileError> read_drop_ins(const fs::path& file) {
    return drop_ins_in(file.string() + ".d").and_then(read_sources);
}

ConfigDefaults config_defaults() {
    ConfigDefaults defaults{short_host_name()};
    if (const auto key = credential("node.key"))
        defaults.key_file = key->string();
    if (const auto certificate = credential("node.cert"))
        defaults.certificate_file = certificate->string();
    return defaults;
}

std::string short_host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0)
        return "";
    const std::string_view whole(name.data());
    return std::string(whole.substr(0, whole.find('.')));
}

}  // namespace berkeley
