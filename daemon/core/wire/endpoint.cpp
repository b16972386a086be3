#include "daemon/core/wire/endpoint.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace berkeley {

std::string to_string(const Endpoint& endpoint) {
    constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    std::array<char, INET6_ADDRSTRLEN> text{};
    const auto& bytes = endpoint.address;
    if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
        inet_ntop(AF_INET, bytes.data() + kMapped.size(), text.data(), text.size());
        return fmt::format("{}:{}", text.data(), endpoint.port);
    }
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    const std::string scope = endpoint.scope == 0 ? "" : fmt::format("%{}", endpoint.scope);
    return fmt::format("[{}{}]:{}", text.data(), scope, endpoint.port);
}

}  // namespace berkeley
