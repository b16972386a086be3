#include "ctl/commands/time_input.hpp"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace berkeley::ctl {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow_s = 1'790'000'000;  // 2026-09-21 14:13:20 UTC

class TimeInputTest : public testing::Test {
  protected:
    TimeInputTest() { in_zone("Europe/Berlin"); }
    ~TimeInputTest() override { in_zone("UTC"); }

    static void in_zone(const char* name) {
        setenv("TZ", name, 1);
        tzset();
    }

    static std::optional<std::int64_t> by(std::string_view text) {
        const auto input = read_time(text, kNow_s);
        return input ? input->by_ns : std::nullopt;
    }
    static std::optional<std::int64_t> to(std::string_view text) {
        const auto input = read_time(text, kNow_s);
        return input ? input->to_ns : std::nullopt;
    }
};

TEST_F(TimeInputTest, AnAmountHasASignAndAUnit) {
    EXPECT_EQ(by("+1.5s"), 1'500'000'000);
    EXPECT_EQ(by("-250ms"), -250'000'000);
    EXPECT_EQ(by("+2h"), 7200 * kSecond);
    EXPECT_EQ(by("-1d"), -86'400 * kSecond);
    EXPECT_EQ(by("+90m"), 5400 * kSecond);
    EXPECT_EQ(by("+90min"), 5400 * kSecond);
    EXPECT_EQ(by("+3"), 3 * kSecond);
    EXPECT_EQ(by("+7ns"), 7);
    EXPECT_EQ(by("+0.000000001s"), 1);
    EXPECT_EQ(by("+1.5us"), 1500);
    EXPECT_EQ(by("+0"), 0);
}

TEST_F(TimeInputTest, ATimeIsOfThisZoneOrNamesItsOwn) {
    EXPECT_EQ(to("2026-09-21 16:13:20"), kNow_s * kSecond);
    EXPECT_EQ(to("2026-09-21T16:13:20"), kNow_s * kSecond);
    EXPECT_EQ(to("2026-09-21 14:13:20Z"), kNow_s * kSecond);
    EXPECT_EQ(to("2026-09-21 12:43:20-01:30"), kNow_s * kSecond);
    EXPECT_EQ(to("2026-09-21 15:13:20.25+01:00"), kNow_s * kSecond + 250'000'000);
    EXPECT_EQ(to("2026-09-21 16:13"), (kNow_s - 20) * kSecond);
    EXPECT_EQ(to("16:13"), (kNow_s - 20) * kSecond);
    EXPECT_EQ(to("16:13:20.5"), kNow_s * kSecond + 500'000'000);
    EXPECT_EQ(to("@1790000000.000000001"), kNow_s * kSecond + 1);
    EXPECT_EQ(date_text(kNow_s * kSecond), "2026-09-21 16:13:20");
}

// In the spring night in which the clocks are put forward, half past two is no time.
TEST_F(TimeInputTest, WhatIsNoTimeIsRefused) {
    for (const char* text : {"",
                             "now",
                             "2026-02-30 12:00",
                             "2026-13-01 12:00",
                             "2026-09-21",
                             "2026-9-21 12:00",
                             "24:00",
                             "12:60",
                             "12:00:61",
                             "12:00 pm",
                             "12:00Zx",
                             "12:00+1",
                             "12:00+99:00",
                             "2026-03-29 02:30",
                             "@",
                             "@-5",
                             "@1790000000x",
                             "@99999999999",
                             "1960-01-01 00:00",
                             "2117-01-01 00:00",
                             "12:00.",
                             "2026-09-21 16:13:20.1234567890"}) {
        const auto input = read_time(text, kNow_s);
        ASSERT_FALSE(input) << text;
        EXPECT_NE(input.error().find("is written as"), std::string::npos);
    }
    for (const char* text : {"+", "-", "+s", "+1x", "+1.s", "+.5s", "+-1s", "+1 s", "+1e3s",
                             "+1234567890123456789s", "+999999999999d", "-99999d", "+1.5.5s"})
        EXPECT_FALSE(read_time(text, kNow_s)) << text;
}

RC_GTEST_PROP(TimeInputProperty, AnyTextIsATimeOrIsRefused, (const std::string& text)) {
    const auto input = read_time(text, kNow_s);
    RC_ASSERT(!input || input->to_ns.has_value() != input->by_ns.has_value());
}

RC_GTEST_PROP(TimeInputProperty, SecondsComeBackAsTheyWereWritten, ()) {
    const auto ns = *rc::gen::inRange<std::int64_t>(-1'000'000'000'000'000, 1'000'000'000'000'000);
    const std::string text = (ns < 0 ? "-" : "+") + std::to_string(std::abs(ns)) + "ns";
    RC_ASSERT(read_time(text, kNow_s)->by_ns == ns);
}

}  // namespace
}  // namespace berkeley::ctl
