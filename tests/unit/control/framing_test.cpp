#include "daemon/control/framing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace berkeley {
namespace {

using namespace std::string_view_literals;

TEST(Framing, OneMessageInPieces) {
    FrameSplitter frames(10);
    frames.feed("ab");
    EXPECT_EQ(frames.next().value(), std::nullopt);
    frames.feed("c\0d"sv);
    EXPECT_EQ(frames.next().value(), "abc");
    EXPECT_EQ(frames.next().value(), std::nullopt);
    EXPECT_EQ(frames.buffered(), 1U);
}

TEST(Framing, SeveralMessagesAtOnceAndEmptyOnes) {
    FrameSplitter frames(10);
    frames.feed("a\0\0b\0"sv);
    EXPECT_EQ(frames.next().value(), "a");
    EXPECT_EQ(frames.next().value(), "");
    EXPECT_EQ(frames.next().value(), "b");
    EXPECT_EQ(frames.next().value(), std::nullopt);
}

TEST(Framing, TheLongestIsLetThroughAndNoLonger) {
    FrameSplitter frames(3);
    frames.feed("abc\0abcd\0"sv);
    EXPECT_EQ(frames.next().value(), "abc");
    EXPECT_FALSE(frames.next());
    EXPECT_FALSE(frames.next());
    FrameSplitter endless(3);
    endless.feed("abcd");
    EXPECT_FALSE(endless.next());
}

RC_GTEST_PROP(FramingProperty, CutAnywhereItIsTheSame,
              (const std::vector<std::string>& given, std::uint8_t cut)) {
    std::vector<std::string> messages;
    std::string stream;
    for (const std::string& text : given) {
        messages.push_back(text.substr(0, text.find('\0')));
        stream += messages.back() + '\0';
    }
    FrameSplitter frames(1000);
    std::vector<std::string> out;
    const std::size_t step = cut % 7U + 1;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        frames.feed(std::string_view(stream).substr(at, step));
        while (auto message = frames.next().value())
            out.push_back(*message);
    }
    RC_ASSERT(out == messages);
    RC_ASSERT(frames.buffered() == 0U);
}

}  // namespace
}  // namespace berkeley
