// Endpoint to sockaddr and back, and the paths of Unix sockets.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

#include "daemon/core/wire/endpoint.hpp"

namespace berkeley {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    sockaddr* get();
    const sockaddr* get() const;
};

bool is_ipv4(const Endpoint& endpoint);
bool is_unspecified(const Endpoint& endpoint);  // "::"

// Nothing if a socket of `family` (AF_INET, AF_INET6) cannot speak of that endpoint: an IPv4 socket
// of an IPv6 address. "::" becomes IPv4's 0.0.0.0 for an IPv4 socket.
std::optional<SocketAddress> to_socket_address(const Endpoint& endpoint, int family);

Endpoint to_endpoint(const SocketAddress& address);

// Nothing if the path is empty, or too long for a Unix socket.
std::optional<SocketAddress> unix_address(const std::filesystem::path& path);

// "192.0.2.1:10525", "[2001:db8::1]:10525"
std::string endpoint_text(const Endpoint& endpoint);

}  // namespace berkeley
