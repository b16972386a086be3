#include "ctl/render/units.hpp"

#include <gtest/gtest.h>

namespace berkeley::ctl {
namespace {

TEST(Units, TheUnitFits) {
    EXPECT_EQ(magnitude(0), "0 ns");
    EXPECT_EQ(magnitude(999), "999 ns");
    EXPECT_EQ(magnitude(1'000), "1.000 µs");
    EXPECT_EQ(magnitude(12'345), "12.35 µs");
    EXPECT_EQ(magnitude(123'456), "123.5 µs");
    EXPECT_EQ(magnitude(1'234'567), "1.235 ms");
    EXPECT_EQ(magnitude(2'000'000'000), "2.000 s");
    EXPECT_EQ(magnitude(3'600'000'123'456), "3600 s");
    EXPECT_EQ(magnitude(31'557'600'000'000'000), "365.2 d");
}

TEST(Units, RoundingNeverGivesAThousand) {
    EXPECT_EQ(magnitude(999'949), "999.9 µs");
    EXPECT_EQ(magnitude(999'950), "1.000 ms");
    EXPECT_EQ(magnitude(9'999'600), "10.00 ms");
    EXPECT_EQ(magnitude(99'996'000), "100.0 ms");
    EXPECT_EQ(magnitude(999'999'999), "1.000 s");
}

TEST(Units, ExtremesHaveAUnitToo) {
    EXPECT_EQ(magnitude(INT64_MAX), "106752 d");
    EXPECT_EQ(magnitude(INT64_MIN), "106752 d");
}

TEST(Units, SignsAndTheUnknown) {
    EXPECT_EQ(signed_time(850), "+850 ns");
    EXPECT_EQ(signed_time(-12'300), "-12.30 µs");
    EXPECT_EQ(signed_time(0), "0 ns");
    EXPECT_EQ(signed_time(std::nullopt), "-");
    EXPECT_EQ(plus_minus(84'100), "±84.10 µs");
    EXPECT_EQ(plus_minus(std::nullopt), "-");
    EXPECT_EQ(ppm(37'012), "+37.012");
    EXPECT_EQ(ppm(-5), "-0.005");
    EXPECT_EQ(ppm(std::nullopt), "-");
    EXPECT_EQ(counted_number(0), "0");
    EXPECT_EQ(counted_number(1234567), "1,234,567");
    EXPECT_EQ(counted_number(-123), "-123");
}

}  // namespace
}  // namespace berkeley::ctl
