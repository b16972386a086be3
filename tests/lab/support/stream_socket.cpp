#include "tests/lab/support/stream_socket.hpp"

#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace berkeley::lab {

FileDescriptor connect_to(const std::filesystem::path& path) {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return {};
    return socket;
}

bool await_input(int fd, test::Seconds limit) {
    pollfd waiting{fd, POLLIN, 0};
    return poll(&waiting, 1, static_cast<int>(limit.count() * 1000)) > 0;
}

}  // namespace berkeley::lab
