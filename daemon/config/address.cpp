#include "daemon/config/address.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "daemon/config/wording.hpp"

namespace berkeley {
namespace {

constexpr std::size_t kLongestHost = 253;      // RFC 1035
constexpr std::size_t kLongestInterface = 15;  // IFNAMSIZ − 1

bool is_word(std::string_view text, std::string_view also) {
    return std::ranges::all_of(text, [also](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               also.find(c) != std::string_view::npos;
    });
}

// inet_pton looks at nothing but its argument.
bool is_ipv6(std::string_view text) {
    const auto percent = text.find('%');
    if (percent != std::string_view::npos) {
        const std::string_view interface = text.substr(percent + 1);
        if (interface.empty() || interface.size() > kLongestInterface ||
            !is_word(interface, ".-_@:"))
            return false;
    }
    in6_addr address{};
    return inet_pton(AF_INET6, std::string(text.substr(0, percent)).c_str(), &address) == 1;
}

tl::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0)
        return tl::unexpected(
            fmt::format("{} is no port: give a number from 1 to 65535", in_quotes(text)));
    return port;
}

tl::expected<HostPort, std::string> parse_bracketed(std::string_view text, std::uint16_t port) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
        return tl::unexpected(fmt::format("{} lacks its closing ']'", in_quotes(text)));
    const std::string_view host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!is_ipv6(host))
        return tl::unexpected(
            fmt::format("{} is no IPv6 address: brackets are for these alone", in_quotes(host)));
    if (rest.empty())
        return HostPort{std::string(host), port};
    if (rest.front() != ':')
        return tl::unexpected(
            fmt::format("{} after the address: write '[{}]:{}'", in_quotes(rest), host, port));
    const auto given = parse_port(rest.substr(1));
    if (!given)
        return tl::unexpected(given.error());
    return HostPort{std::string(host), *given};
}

}  // namespace

tl::expected<HostPort, std::string> parse_host_port(std::string_view text,
                                                    std::uint16_t default_port) {
    if (text.starts_with('['))
        return parse_bracketed(text, default_port);
    if (is_ipv6(text))
        return tl::unexpected(
            fmt::format("an IPv6 address stands in brackets: write '[{}]:{}'", text, default_port));
    const auto colon = text.find(':');
    const std::string_view host = text.substr(0, colon);
    if (host.empty() || host.size() > kLongestHost || !is_word(host, "._-"))
        return tl::unexpected(
            fmt::format("{} is no host name or address: write 'host', 'host:port' or '[v6]:port'",
                        in_quotes(text)));
    if (colon == std::string_view::npos)
        return HostPort{std::string(host), default_port};
    const auto port = parse_port(text.substr(colon + 1));
    if (!port)
        return tl::unexpected(port.error());
    return HostPort{std::string(host), *port};
}

}  // namespace berkeley
