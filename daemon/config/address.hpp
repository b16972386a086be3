// "host", "host:port", "[v6]" and "[v6]:port".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace berkeley {

struct HostPort {
    std::string host;  // IPv6 without its brackets
    std::uint16_t port = 0;

    bool operator==(const HostPort&) const = default;
};

// `default_port` stands where the text names none. The error says what is wrong and how to write
// it. Nothing is looked up: that a host exists is not known here.
tl::expected<HostPort, std::string> parse_host_port(std::string_view text,
                                                    std::uint16_t default_port);

}  // namespace berkeley
