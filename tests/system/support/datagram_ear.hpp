// A Unix datagram socket that a daemon speaks to, in place of the service manager's or the
// journal's.
#pragma once

#include <array>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/platform/file_descriptor.hpp"

namespace berkeley::test {

class DatagramEar {
  public:
    explicit DatagramEar(const std::filesystem::path& path)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.native().size());
        if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot bind " + path.string());
    }

    // All that came since the last call.
    std::vector<std::string> take() const {
        std::vector<std::string> datagrams;
        std::array<char, 65'536> buffer;
        while (true) {
            const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (size < 0)
                return datagrams;
            datagrams.emplace_back(buffer.data(), static_cast<std::size_t>(size));
        }
    }

  private:
    FileDescriptor socket_;
};

}  // namespace berkeley::test
