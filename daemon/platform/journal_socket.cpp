#include "daemon/platform/journal_socket.hpp"

#include <cerrno>
#include <cstdint>
#include <string>

#include <endian.h>
#include <sys/socket.h>

namespace berkeley {
namespace {

// A value with a line break has its length before it.
void add_field(std::string& datagram, std::string_view name, std::string_view value) {
    datagram += name;
    if (value.find('\n') == std::string_view::npos) {
        datagram += '=';
    } else {
        const std::uint64_t size = htole64(value.size());
        datagram += '\n';
        datagram.append(reinterpret_cast<const char*>(&size), sizeof size);
    }
    datagram += value;
    datagram += '\n';
}

}  // namespace

JournalSocket::JournalSocket(const std::filesystem::path& path)
    : journald_(unix_address(path)),
      socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

JournalSocket::Sent JournalSocket::send(const Fields& fields) const {
    if (!socket_ || !journald_)
        return Sent::absent;
    std::string datagram;
    for (const auto& [name, value] : fields)
        add_field(datagram, name, value);
    ssize_t sent = 0;
    do {
        sent = sendto(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL,
                      journald_->get(), journald_->size);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return Sent::taken;
    const bool not_now = errno == EAGAIN || errno == EMSGSIZE || errno == ENOBUFS;
    return not_now ? Sent::full : Sent::absent;
}

}  // namespace berkeley
