#include "ctl/setup/own_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace berkeley::ctl {
namespace {

bool means_something(const in_addr& address) {
    const std::uint32_t host_order = ntohl(address.s_addr);
    return (host_order >> 16) != 0xa9fe;  // 169.254.0.0/16
}

bool means_something(const in6_addr& address) {
    return !IN6_IS_ADDR_LINKLOCAL(&address) && !IN6_IS_ADDR_V4MAPPED(&address) &&
           !IN6_IS_ADDR_MULTICAST(&address);
}

template <class Address>
void add_to(std::vector<std::string>& list, int family, const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (!means_something(address) ||
        inet_ntop(family, &address, text.data(), text.size()) == nullptr)
        return;
    if (std::ranges::find(list, text.data()) == list.end())
        list.emplace_back(text.data());
}

}  // namespace

std::vector<std::string> own_addresses() {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0)
        return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, &freeifaddrs);
    std::vector<std::string> v4;
    std::vector<std::string> v6;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        const bool usable = (each->ifa_flags & IFF_UP) != 0 &&
                            (each->ifa_flags & IFF_LOOPBACK) == 0 && each->ifa_addr != nullptr;
        if (usable && each->ifa_addr->sa_family == AF_INET)
            add_to(v4, AF_INET, reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr);
        else if (usable && each->ifa_addr->sa_family == AF_INET6)
            add_to(v6, AF_INET6, reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr);
    }
    return v4.empty() ? v6 : v4;
}

}  // namespace berkeley::ctl
