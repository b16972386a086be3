#include "daemon/core/node/verification_limits.hpp"

#include <gtest/gtest.h>

#include "daemon/core/node/cookies.hpp"
#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

constexpr SteadyTime kStart{1'000'000'000'000};

int permitted(VerificationLimits& limits, std::uint64_t place, SteadyTime at, int wanted) {
    int count = 0;
    for (int i = 0; i < wanted; ++i)
        count += limits.permits(place, at) ? 1 : 0;
    return count;
}

TEST(VerificationLimits, OnePlaceHasItsShareAndNoMore) {
    VerificationLimits limits;
    EXPECT_EQ(permitted(limits, 7, kStart, 1000), 100);
    EXPECT_EQ(permitted(limits, 8, kStart, 1), 1);  // another has its own
    EXPECT_EQ(permitted(limits, 7, kStart + 1s, 1000), 50);
    EXPECT_EQ(permitted(limits, 7, kStart + 1h, 1000), 100);
}

TEST(VerificationLimits, AllPlacesTogetherHaveALimitToo) {
    VerificationLimits limits;
    int count = 0;
    for (std::uint64_t place = 0; place < 1000; ++place)
        count += permitted(limits, place, kStart, 10);
    EXPECT_EQ(count, 400);
    EXPECT_EQ(permitted(limits, 2000, kStart + 100ms, 1000), 40);
}

// What one limit refuses costs nothing of the other.
TEST(VerificationLimits, ARefusedOneTakesNothing) {
    VerificationLimits limits;
    permitted(limits, 7, kStart, 100'000);
    EXPECT_EQ(permitted(limits, 8, kStart, 100), 100);
    EXPECT_EQ(permitted(limits, 9, kStart, 100), 100);
}

TEST(VerificationLimits, AClockThatGoesBackGivesNothing) {
    VerificationLimits limits;
    permitted(limits, 7, kStart, 1000);
    EXPECT_EQ(permitted(limits, 7, kStart - 1h, 1000), 0);
}

Endpoint ipv6(std::uint8_t prefix, std::uint8_t host, std::uint16_t port) {
    Endpoint endpoint;
    endpoint.address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, prefix, 0, 0, 0, 0, 0, 0, 0, host};
    endpoint.port = port;
    return endpoint;
}

Endpoint ipv4(std::uint8_t last, std::uint16_t port) {
    Endpoint endpoint;
    endpoint.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last};
    endpoint.port = port;
    return endpoint;
}

TEST(Cookies, AreForOneAddressPortAndSession) {
    Nonces nonces(std::array<std::uint8_t, 32>{1});
    const Cookies cookies(nonces);
    const Cookie cookie = cookies.cookie_for(ipv4(1, 10), 5, kStart);
    EXPECT_NE(cookie, 0U);
    EXPECT_EQ(cookies.cookie_for(ipv4(1, 10), 5, kStart), cookie);
    EXPECT_NE(cookies.cookie_for(ipv4(2, 10), 5, kStart), cookie);
    EXPECT_NE(cookies.cookie_for(ipv4(1, 11), 5, kStart), cookie);
    EXPECT_NE(cookies.cookie_for(ipv4(1, 10), 6, kStart), cookie);
    Endpoint scoped = ipv4(1, 10);
    scoped.scope = 3;
    EXPECT_NE(cookies.cookie_for(scoped, 5, kStart), cookie);
    EXPECT_NE(Cookies(nonces).cookie_for(ipv4(1, 10), 5, kStart), cookie);  // another secret
}

TEST(Cookies, APlaceIsAnIpv4AddressOrAnIpv6Prefix) {
    Nonces nonces(std::array<std::uint8_t, 32>{1});
    const Cookies cookies(nonces);
    EXPECT_EQ(cookies.place_of(ipv4(1, 10)), cookies.place_of(ipv4(1, 11)));
    EXPECT_NE(cookies.place_of(ipv4(1, 10)), cookies.place_of(ipv4(2, 10)));
    EXPECT_EQ(cookies.place_of(ipv6(1, 1, 10)), cookies.place_of(ipv6(1, 2, 11)));
    EXPECT_NE(cookies.place_of(ipv6(1, 1, 10)), cookies.place_of(ipv6(2, 1, 10)));
    EXPECT_NE(Cookies(nonces).place_of(ipv4(1, 10)), cookies.place_of(ipv4(1, 10)));
}

TEST(Cookies, AreGoodForAMinuteOrTwo) {
    Nonces nonces(std::array<std::uint8_t, 32>{1});
    const Cookies cookies(nonces);
    const Cookie cookie = cookies.cookie_for(ipv4(1, 10), 5, kStart);
    EXPECT_TRUE(cookies.holds(cookie, ipv4(1, 10), 5, kStart));
    EXPECT_TRUE(cookies.holds(cookie, ipv4(1, 10), 5, kStart + 1min));
    EXPECT_FALSE(cookies.holds(cookie, ipv4(1, 10), 5, kStart + 2min));
    EXPECT_FALSE(cookies.holds(cookie, ipv4(1, 10), 6, kStart));
    EXPECT_FALSE(cookies.holds(0, ipv4(1, 10), 5, kStart));
}

}  // namespace
}  // namespace berkeley
