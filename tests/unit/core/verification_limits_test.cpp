#include "daemon/core/node/verification_limits.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "daemon/core/node/cookies.hpp"
#include "tests/support/node_bench.hpp"

namespace berkeley {
namespace {

constexpr SteadyTime kStart{1'000'000'000'000};

// Of a site of its own, if it is not told.
int permitted(VerificationLimits& limits, std::uint64_t place, SteadyTime at, int wanted,
              std::optional<std::uint64_t> site = std::nullopt) {
    int count = 0;
    for (int i = 0; i < wanted; ++i)
        count += limits.permits({place, site.value_or(place)}, at) ? 1 : 0;
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

TEST(VerificationLimits, OneSiteLeavesHalfToTheOthers) {
    VerificationLimits limits;
    int count = 0;
    for (std::uint64_t place = 0; place < 1000; ++place)
        count += permitted(limits, place, kStart, 10, 5);
    EXPECT_EQ(count, 200);
    EXPECT_EQ(permitted(limits, 2000, kStart, 100, 5), 0);
    EXPECT_EQ(permitted(limits, 2000, kStart, 100, 6), 100);
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
    const auto place_of = [&cookies](const Endpoint& from) {
        return cookies.origin_of(from).place;
    };
    EXPECT_EQ(place_of(ipv4(1, 10)), place_of(ipv4(1, 11)));
    EXPECT_NE(place_of(ipv4(1, 10)), place_of(ipv4(2, 10)));
    EXPECT_EQ(place_of(ipv6(1, 1, 10)), place_of(ipv6(1, 2, 11)));
    EXPECT_NE(place_of(ipv6(1, 1, 10)), place_of(ipv6(2, 1, 10)));
    EXPECT_NE(Cookies(nonces).origin_of(ipv4(1, 10)).place, place_of(ipv4(1, 10)));
}

TEST(Cookies, ASiteIsTwentyFourBitsOrFortyEight) {
    Nonces nonces(std::array<std::uint8_t, 32>{1});
    const Cookies cookies(nonces);
    const auto site_of = [&cookies](const Endpoint& from) { return cookies.origin_of(from).site; };
    Endpoint elsewhere = ipv4(1, 10);
    ++elsewhere.address[14];
    EXPECT_EQ(site_of(ipv4(1, 10)), site_of(ipv4(2, 11)));
    EXPECT_NE(site_of(ipv4(1, 10)), site_of(elsewhere));
    elsewhere = ipv6(1, 1, 10);
    ++elsewhere.address[5];
    EXPECT_EQ(site_of(ipv6(1, 1, 10)), site_of(ipv6(2, 2, 11)));
    EXPECT_NE(site_of(ipv6(1, 1, 10)), site_of(elsewhere));
}

TEST(Cookies, EachLinkIsAPlaceAndASiteOfItsOwn) {
    Nonces nonces(std::array<std::uint8_t, 32>{1});
    const Cookies cookies(nonces);
    Endpoint one;
    one.address = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    one.scope = 1;
    Endpoint other = one;
    other.scope = 2;
    EXPECT_NE(cookies.origin_of(one).place, cookies.origin_of(other).place);
    EXPECT_NE(cookies.origin_of(one).site, cookies.origin_of(other).site);
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
