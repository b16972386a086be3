// journald's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): a datagram of fields.
//
// Of our own, since sd_journal_sendv(3) waits where journald does not read: its queue is full when
// it is stopped, or its disk stalls, and whoever logs then would stand still with it. The thread
// that steers the clock logs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/platform/file_descriptor.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley {

class JournalSocket {
  public:
    using Fields = std::vector<std::pair<std::string_view, std::string>>;  // names in capitals
    enum class Sent {
        taken,
        full,    // journald does not read, or what was to be sent is too long for it
        absent,  // nobody is there
    };

    explicit JournalSocket(const std::filesystem::path& path = "/run/systemd/journal/socket");

    // Never waits.
    Sent send(const Fields& fields) const;

  private:
    std::optional<SocketAddress> journald_;
    FileDescriptor socket_;
};

}  // namespace berkeley
