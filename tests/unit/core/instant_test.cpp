#include "daemon/core/time/instant.hpp"

#include <limits>
#include <type_traits>

#include <gtest/gtest.h>

#include "daemon/core/contract.hpp"

namespace berkeley {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

template <class A, class B>
concept Subtractable = requires(A a, B b) { a - b; };
template <class A, class B>
concept Comparable = requires(A a, B b) { a < b; };

TEST(Instant, ReadingsOfDifferentClocksDoNotMix) {
    EXPECT_TRUE((Subtractable<RawTime, RawTime>));
    EXPECT_FALSE((Subtractable<RawTime, SystemTime>));
    EXPECT_FALSE((Subtractable<SystemTime, ClusterTime>));
    EXPECT_FALSE((Subtractable<SteadyTime, RawTime>));
    EXPECT_FALSE((Comparable<RawTime, SteadyTime>));
    EXPECT_FALSE((std::is_convertible_v<RawTime, SystemTime>));
    EXPECT_FALSE((std::is_convertible_v<std::int64_t, RawTime>));
}

TEST(Instant, ArithmeticIsThatOfNanoseconds) {
    const RawTime at{1'000};
    EXPECT_EQ((at + 5us).ns, 6'000);
    EXPECT_EQ((at - 5us).ns, -4'000);
    EXPECT_EQ(RawTime{7} - RawTime{10}, -3ns);
    EXPECT_LT(at, at + 1ns);
}

TEST(Instant, ArithmeticReachesTheEndsOfItsType) {
    EXPECT_EQ((RawTime{kMost - 1} + 1ns).ns, kMost);
    EXPECT_EQ((RawTime{kLeast + 1} - 1ns).ns, kLeast);
    EXPECT_EQ(RawTime{kMost} - RawTime{0}, Duration::max());
}

TEST(InstantDeathTest, OverflowEndsTheProgram) {
    EXPECT_DEATH(static_cast<void>(RawTime{kMost} + 1ns), "instant \\+ duration overflows");
    EXPECT_DEATH(static_cast<void>(RawTime{kLeast} + -1ns), "instant \\+ duration overflows");
    EXPECT_DEATH(static_cast<void>(RawTime{kLeast} - 1ns), "instant - duration overflows");
    EXPECT_DEATH(static_cast<void>(RawTime{0} - Duration::min()), "instant - duration overflows");
    EXPECT_DEATH(static_cast<void>(RawTime{kMost} - RawTime{-1}), "instant - instant overflows");
    EXPECT_DEATH(static_cast<void>(RawTime{0} - RawTime{kLeast}), "instant - instant overflows");
}

TEST(Instant, PlausibleIsFromZeroToBelowTheEnd) {
    EXPECT_TRUE(plausible(RawTime{0}));
    EXPECT_FALSE(plausible(RawTime{-1}));
    EXPECT_TRUE(plausible(RawTime{(std::int64_t{1} << 61) - 1}));
    EXPECT_FALSE(plausible(RawTime{std::int64_t{1} << 61}));
    EXPECT_TRUE(plausible(SystemTime{(std::int64_t{1} << 62) - 1}));
    EXPECT_FALSE(plausible(SystemTime{std::int64_t{1} << 62}));
    EXPECT_TRUE(plausible(ClusterTime{std::int64_t{1} << 61}));
}

TEST(Moment, SteadyTimeCountsTheSuspendedTime) {
    const Moment now{RawTime{100}, SystemTime{7}, 30ns};
    EXPECT_EQ(now.steady(), SteadyTime{130});
}

TEST(ContractDeathTest, ABrokenContractSaysWhatItWas) {
    ensure(true, "not said");
    EXPECT_DEATH(ensure(false, "two and two"), "berkeleyd: internal error: two and two");
}

}  // namespace
}  // namespace berkeley
