#include "daemon/files/node_files.hpp"

#include <cerrno>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sodium/core.h>
#include <sodium/randombytes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/credentials.hpp"
#include "daemon/files/daemon_user.hpp"
#include "daemon/files/fresh_files.hpp"
#include "daemon/files/reading.hpp"

namespace berkeley {
namespace {

namespace fs = std::filesystem;

// Room for white space around the text, and for one byte more than may be.
constexpr std::size_t kMostRead = kLongestText + 64;

tl::unexpected<FileError> failure(int cause, std::string message) {
    return tl::unexpected(FileError{cause, std::move(message)});
}

// Whoever else may not read it is not told to give it away.
std::string who_may_read(const fs::path& file) {
    const auto user = daemon_user();
    if (geteuid() == 0 || (user && user->uid == geteuid()))
        return fmt::format(
            "it must belong to the user that berkeleyd runs as, with mode 0600 (`chown berkeleyd "
            "{0}`, `chmod 600 {0}`)",
            file.string());
    return "only root and the user that berkeleyd runs as are; try as root";
}

tl::unexpected<FileError> cannot_read_key(const fs::path& file, int cause) {
    if (cause == ENOENT) {
        return failure(cause, fmt::format("there is no key file {0}: `berkeleyctl init` makes one "
                                          "on the first node of a cluster, `berkeleyctl join` on "
                                          "the others, `berkeleyctl key {0}` nothing else",
                                          file.string()));
    }
    if (cause == EACCES) {
        return failure(cause, fmt::format("not permitted to read the key file {}: {}",
                                          file.string(), who_may_read(file)));
    }
    return failure(cause,
                   fmt::format("cannot read the key file {}: {}", file.string(), words_of(cause)));
}

tl::unexpected<FileError> cannot_read_certificate(const fs::path& file, int cause) {
    if (cause == ENOENT) {
        return failure(cause, fmt::format("there is no certificate file {}: make an invitation "
                                          "with `berkeleyctl invite` on a candidate, and use it "
                                          "here with `berkeleyctl join`",
                                          file.string()));
    }
    return failure(cause, fmt::format("cannot read the certificate file {}: {}", file.string(),
                                      words_of(cause)));
}

// Where systemd gives a credential to a user by an access list, the mode's bits for the group are
// the list's mask: systemd.exec(5), LoadCredential=.
mode_t forbidden_bits(const fs::path& file) {
    return is_credential(file) ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
}

// For root the daemon's user is no stranger: root looks after its files.
bool stranger(uid_t owner) {
    if (owner == 0 || owner == geteuid())
        return false;
    const auto user = geteuid() == 0 ? daemon_user() : std::nullopt;
    return !user || user->uid != owner;
}

// Empty if nobody else can know or change the key.
std::string unsafe_because(const fs::path& file, const struct stat& status) {
    if (!S_ISREG(status.st_mode))
        return fmt::format("the key file {} is not a regular file", file.string());
    if ((status.st_mode & forbidden_bits(file)) != 0) {
        return fmt::format(
            "the key file {0} can be read or written by others (mode {1:04o}): if nobody has, "
            "`chmod 600 {0}`; else have the node revoked, and join it with a new key",
            file.string(), status.st_mode & 07777);
    }
    if (stranger(status.st_uid)) {
        return fmt::format(
            "the key file {0} belongs to user {1}, neither to root nor to user {2}, who reads it: "
            "`chown {2} {0}` if it is yours",
            file.string(), status.st_uid, geteuid());
    }
    return {};
}

}  // namespace

tl::expected<SecretKey, FileError> read_secret_key(const fs::path& file) {
    const OpenFile opened = open_to_read(file.c_str());
    struct stat status{};
    if (!opened || fstat(opened.fd(), &status) != 0)
        return cannot_read_key(file, errno);
    if (std::string unsafe = unsafe_because(file, status); !unsafe.empty())
        return failure(EINVAL, std::move(unsafe));
    auto text = read_at_most(opened.fd(), kMostRead);
    if (!text)
        return cannot_read_key(file, text.error());
    const SecretText secret(std::move(*text));
    auto key = parse_secret_key(secret.view());
    if (!key)
        return failure(EINVAL, fmt::format("the key file {} is not valid: {}", file.string(),
                                           to_text(key.error())));
    return std::move(*key);
}

tl::expected<NamedCertificate, FileError> read_certificate(const fs::path& file) {
    const OpenFile opened = open_to_read(file.c_str());
    if (!opened)
        return cannot_read_certificate(file, errno);
    const auto text = read_at_most(opened.fd(), kMostRead);
    if (!text)
        return cannot_read_certificate(file, text.error());
    const auto certificate = parse_certificate(*text);
    if (!certificate)
        return failure(EINVAL, fmt::format("the certificate file {} is not valid: {}",
                                           file.string(), to_text(certificate.error())));
    return *certificate;
}

SecretKey new_secret_key() {
    ensure(sodium_init() >= 0, "libsodium cannot be initialized");
    KeySeed seed;
    randombytes_buf(seed.bytes.data(), seed.bytes.size());
    return SecretKey(seed);
}

tl::expected<SecretKey, FileError> create_secret_key(const fs::path& file) {
    SecretKey key = new_secret_key();
    FreshFiles files;
    auto made = files.add(file, secret_text(key).view(), Access::daemon_only).and_then([&files] {
        return files.place();
    });
    if (!made)
        return tl::unexpected(std::move(made.error()));
    return key;
}

}  // namespace berkeley
