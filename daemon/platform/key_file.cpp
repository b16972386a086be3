#include "daemon/platform/key_file.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/platform/entropy.hpp"
#include "daemon/platform/error_text.hpp"
#include "daemon/platform/file_descriptor.hpp"

namespace berkeley {

namespace {

constexpr std::size_t kDigits = 2 * kKeySize;
constexpr std::size_t kMaxFileSize = 256;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string cannot_open(const std::filesystem::path& file, int error) {
    if (error == ENOENT) {
        return fmt::format(
            "there is no key file {0}: make one with `berkeleyctl key {0}` on one node and copy it "
            "to all the others",
            file.string());
    }
    if (error == EACCES) {
        return fmt::format(
            "not permitted to read the key file {0}: it must belong to the user that berkeleyd "
            "runs as (`chown berkeleyd {0}`)",
            file.string());
    }
    return fmt::format("cannot read the key file {}: {}", file.string(), error_text(error));
}

// Empty if nobody else can know or change the key.
std::string unsafe_because(const std::filesystem::path& file, const struct stat& status) {
    if (!S_ISREG(status.st_mode)) {
        return fmt::format("the key file {} is not a regular file", file.string());
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fmt::format(
            "the key file {0} can be read or written by others (mode {1:04o}): if nobody has, "
            "`chmod 600 {0}`; else make a new key for the cluster",
            file.string(), status.st_mode & 07777);
    }
    if (status.st_uid != 0 && status.st_uid != geteuid()) {
        return fmt::format(
            "the key file {0} belongs to user {1}, neither to root nor to user {2}, who runs "
            "berkeleyd: `chown {2} {0}` if it is yours",
            file.string(), status.st_uid, geteuid());
    }
    return {};
}

}  // namespace

tl::expected<ClusterKey, std::string> parse_key(std::string_view text) {
    const std::string_view digits = trimmed(text);
    if (digits.size() != kDigits) {
        return tl::unexpected(fmt::format("a key is {} hexadecimal digits, not {} characters",
                                          kDigits, digits.size()));
    }
    ClusterKey key;
    std::size_t size = 0;
    const char* end = nullptr;
    const int failure = sodium_hex2bin(key.bytes.data(), key.bytes.size(), digits.data(),
                                       digits.size(), nullptr, &size, &end);
    if (failure != 0 || size != kKeySize || end != digits.data() + digits.size()) {
        return tl::unexpected(fmt::format(
            "a key is {} hexadecimal digits; there is something else among them", kDigits));
    }
    return key;
}

std::string format_key(const ClusterKey& key) {
    std::array<char, kDigits + 1> digits{};
    sodium_bin2hex(digits.data(), digits.size(), key.bytes.data(), key.bytes.size());
    return digits.data();
}

tl::expected<ClusterKey, std::string> read_key_file(const std::filesystem::path& file) {
    const FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return tl::unexpected(cannot_open(file, errno));
    struct stat status{};
    if (fstat(fd.get(), &status) != 0)
        return tl::unexpected(cannot_open(file, errno));
    const std::string unsafe = unsafe_because(file, status);
    if (!unsafe.empty())
        return tl::unexpected(unsafe);

    std::array<char, kMaxFileSize> text{};
    const ssize_t size = read(fd.get(), text.data(), text.size());
    if (size < 0)
        return tl::unexpected(cannot_open(file, errno));
    auto key = parse_key({text.data(), static_cast<std::size_t>(size)});
    sodium_memzero(text.data(), text.size());
    if (key)
        return key;
    return tl::unexpected(
        fmt::format("the key file {} is not valid: {}; make a new one with "
                    "`berkeleyctl key`",
                    file.string(), key.error()));
}

tl::expected<void, std::string> create_key_file(const std::filesystem::path& file) {
    ClusterKey key;
    fill_random(key.bytes);
    const FileDescriptor fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd && errno == EEXIST) {
        return tl::unexpected(
            fmt::format("{} exists already: remove it first if the cluster is to have a new key",
                        file.string()));
    }
    const std::string text = format_key(key) + "\n";
    if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        fsync(fd.get()) != 0) {
        return tl::unexpected(
            fmt::format("cannot write the key file {}: {}", file.string(), error_text(errno)));
    }
    return {};
}

}  // namespace berkeley
