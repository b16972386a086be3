#include <array>
#include <cerrno>
#include <cstring>

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/wire/seal.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::size_t kTextSize = 2 * kKeySize + 1;  // hexadecimal digits and a newline
using KeyText = std::array<char, kTextSize>;

// 0, or an errno.
int generate(KeyText& text) {
    std::array<unsigned char, kKeySize> key{};
    // Up to 256 bytes come whole or not at all (getrandom(2)).
    if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
        return errno;
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < key.size(); ++i) {
        text[2 * i] = kDigits[key[i] >> 4];
        text[2 * i + 1] = kDigits[key[i] & 15];
    }
    text.back() = '\n';
    explicit_bzero(key.data(), key.size());
    return 0;
}

// 0, or an errno. fchmod(2), because the umask may have taken the owner's rights.
int write_whole(int file, const KeyText& text) {
    const ssize_t size = write(file, text.data(), text.size());
    if (size != static_cast<ssize_t>(text.size()))
        return size < 0 ? errno : ENOSPC;
    return fchmod(file, 0600) == 0 && fsync(file) == 0 ? 0 : errno;
}

ExitCode not_made(const std::string& path, int cause) {
    const std::string_view advice =
        cause == EEXIST ? ": a key is never overwritten; remove it first if no node uses it" : "";
    print_error(fmt::format("cannot make the key file {}: {}{}", printable(path),
                            std::strerror(cause), advice));
    return cause == EACCES || cause == EPERM ? ExitCode::not_permitted : ExitCode::failed;
}

}  // namespace

ExitCode key_command(const Context& context, const std::string& path) {
    KeyText text{};
    if (const int cause = generate(text); cause != 0)
        return not_made(path, cause);
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const int opened = file < 0 ? errno : 0;
    const int written = file < 0 ? 0 : write_whole(file, text);
    explicit_bzero(text.data(), text.size());
    if (file < 0)
        return not_made(path, opened);
    close(file);
    if (written != 0) {
        unlink(path.c_str());
        return not_made(path, written);
    }
    if (context.json)
        print_json({{"file", path}});
    else
        print(
            fmt::format("{} is made: copy it to every node of the cluster over a safe channel,\n"
                        "readable by the daemon's user alone\n",
                        printable(path)));
    return ExitCode::good;
}

}  // namespace berkeley::ctl
