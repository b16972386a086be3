#include "daemon/files/config_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
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

tl::expected<ConfigSource, FileError> read_source(const fs::path& file, std::size_t most) {
    const OpenFile opened = open_to_read(file.c_str());
    if (!opened)
        return unreadable(file, errno);
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

}  // namespace

tl::expected<std::vector<ConfigSource>, FileError> read_config_files(const fs::path& file) {
    const auto drop_ins = drop_ins_in(file.string() + ".d");
    if (!drop_ins)
        return tl::unexpected(drop_ins.error());
    std::vector<fs::path> files{file};
    files.insert(files.end(), drop_ins->begin(), drop_ins->end());
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
