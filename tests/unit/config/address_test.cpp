#include "daemon/config/address.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

void expect(std::string_view text, std::string_view host, std::uint16_t port) {
    const auto found = parse_host_port(text, 10525);
    ASSERT_TRUE(found) << text << ": " << found.error();
    EXPECT_EQ(found->host, host);
    EXPECT_EQ(found->port, port);
}

TEST(Address, HostsWithAndWithoutPort) {
    expect("node1", "node1", 10525);
    expect("node1.example.org:99", "node1.example.org", 99);
    expect("192.0.2.1", "192.0.2.1", 10525);
    expect("192.0.2.1:65535", "192.0.2.1", 65535);
    expect("[::]", "::", 10525);
    expect("[2001:db8::1]:1", "2001:db8::1", 1);
    expect("[fe80::1%eth0]:1", "fe80::1%eth0", 1);
    expect("[::ffff:192.0.2.1]", "::ffff:192.0.2.1", 10525);
}

TEST(Address, WhatIsWrongIsSaid) {
    const auto error = [](std::string_view text) {
        const auto found = parse_host_port(text, 10525);
        return found ? "accepted" : found.error();
    };
    EXPECT_EQ(error("2001:db8::1"),
              "an IPv6 address stands in brackets: write '[2001:db8::1]:10525'");
    EXPECT_EQ(error("host:0"), "'0' is no port: give a number from 1 to 65535");
    EXPECT_EQ(error("host:65536"), "'65536' is no port: give a number from 1 to 65535");
    EXPECT_EQ(error("host:"), "'' is no port: give a number from 1 to 65535");
    EXPECT_EQ(error("host:1x"), "'1x' is no port: give a number from 1 to 65535");
    EXPECT_EQ(error("[::1"), "'[::1' lacks its closing ']'");
    EXPECT_EQ(error("[host]:1"), "'host' is no IPv6 address: brackets are for these alone");
    EXPECT_EQ(error("[::1]1"), "'1' after the address: write '[::1]:10525'");
    for (const std::string_view text : {"", ":1", "a b", "a/b", "a:b:c", "[]", "[::1%]:1"})
        EXPECT_NE(error(text), "accepted") << text;
    EXPECT_NE(error(std::string(254, 'a')), "accepted");
}

}  // namespace
}  // namespace berkeley
