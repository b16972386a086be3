#include "daemon/config/wording.hpp"

#include <array>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

TEST(Wording, DistanceCountsEditsAndSwaps) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("listen", "listen"), 0U);
    EXPECT_EQ(edit_distance("lissen", "listen"), 1U);
    EXPECT_EQ(edit_distance("lisetn", "listen"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Wording, NearestIsNearOrNothing) {
    constexpr std::array<std::string_view, 4> kKeys = {"listen", "cluster", "clock", "name"};
    EXPECT_EQ(nearest("lissen", kKeys), "listen");
    EXPECT_EQ(nearest("clok", kKeys), "clock");
    EXPECT_EQ(nearest("potato", kKeys), "");
    EXPECT_EQ(nearest(std::string(100'000, 'l'), kKeys), "");
}

TEST(Wording, ChoicesAreASentence) {
    constexpr std::array<std::string_view, 3> kThree = {"a", "b", "c"};
    EXPECT_EQ(either_of(kThree), "'a', 'b' or 'c'");
    EXPECT_EQ(either_of(std::span(kThree).first(1)), "'a'");
}

TEST(Wording, NothingPrintedDrivesATerminal) {
    EXPECT_EQ(printable("±1 µs, 日本"), "±1 µs, 日本");
    EXPECT_EQ(printable("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
    EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");           // CSI as one C1 control
    EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");           // no UTF-8
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
}

TEST(Wording, QuotesAreShort) {
    EXPECT_EQ(in_quotes("x"), "'x'");
    EXPECT_LT(in_quotes(std::string(10'000, 'x')).size(), 80U);
}

}  // namespace
}  // namespace berkeley
