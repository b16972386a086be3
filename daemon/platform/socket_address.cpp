#include "daemon/platform/socket_address.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

namespace berkeley {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

// The sockets interface is built on this cast.
sockaddr* SocketAddress::get() {
    return reinterpret_cast<sockaddr*>(&storage);
}
const sockaddr* SocketAddress::get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
}

bool is_ipv4(const Endpoint& endpoint) {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), endpoint.address.begin());
}

bool is_unspecified(const Endpoint& endpoint) {
    return std::all_of(endpoint.address.begin(), endpoint.address.end(),
                       [](std::uint8_t byte) { return byte == 0; });
}

std::optional<SocketAddress> to_socket_address(const Endpoint& endpoint, int family) {
    SocketAddress result;
    if (family == AF_INET) {
        if (!is_ipv4(endpoint) && !is_unspecified(endpoint))
            return std::nullopt;
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(endpoint.port);
        std::memcpy(&in.sin_addr, endpoint.address.data() + kMappedPrefix.size(),
                    sizeof in.sin_addr);
        std::memcpy(&result.storage, &in, sizeof in);
        result.size = sizeof in;
        return result;
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    in.sin6_scope_id = endpoint.scope;
    std::memcpy(&in.sin6_addr, endpoint.address.data(), sizeof in.sin6_addr);
    std::memcpy(&result.storage, &in, sizeof in);
    result.size = sizeof in;
    return result;
}

Endpoint to_endpoint(const SocketAddress& address) {
    Endpoint endpoint;
    if (address.storage.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address.storage, sizeof in);
        std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), endpoint.address.begin());
        std::memcpy(endpoint.address.data() + kMappedPrefix.size(), &in.sin_addr,
                    sizeof in.sin_addr);
        endpoint.port = ntohs(in.sin_port);
        return endpoint;
    }
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof in);
    std::memcpy(endpoint.address.data(), &in.sin6_addr, sizeof in.sin6_addr);
    endpoint.port = ntohs(in.sin6_port);
    endpoint.scope = in.sin6_scope_id;
    return endpoint;
}

std::optional<SocketAddress> unix_address(const std::filesystem::path& path) {
    sockaddr_un un{};
    if (path.empty() || path.native().size() >= sizeof un.sun_path)
        return std::nullopt;
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, path.c_str(), path.native().size());
    SocketAddress result;
    std::memcpy(&result.storage, &un, sizeof un);
    result.size = sizeof un;
    return result;
}

std::string endpoint_text(const Endpoint& endpoint) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_ipv4(endpoint)) {
        inet_ntop(AF_INET, endpoint.address.data() + kMappedPrefix.size(), text.data(),
                  text.size());
        return fmt::format("{}:{}", text.data(), endpoint.port);
    }
    inet_ntop(AF_INET6, endpoint.address.data(), text.data(), text.size());
    if (endpoint.scope != 0) {
        return fmt::format("[{}%{}]:{}", text.data(), endpoint.scope, endpoint.port);
    }
    return fmt::format("[{}]:{}", text.data(), endpoint.port);
}

}  // namespace berkeley
