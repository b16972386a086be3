#include "daemon/platform/journal_socket.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "tests/system/support/datagram_ear.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace berkeley {
namespace {

using Sent = JournalSocket::Sent;

class JournalSocketTest : public testing::Test {
  protected:
    test::TemporaryFolder folder;
    std::filesystem::path at = folder.path() / "socket";
    std::optional<test::DatagramEar> journald{at};
    JournalSocket socket{at};
};

TEST_F(JournalSocketTest, SendsALineForEachField) {
    EXPECT_EQ(socket.send({{"MESSAGE", "all is well"}, {"PRIORITY", "6"}}), Sent::taken);
    EXPECT_EQ(journald->take(), (std::vector<std::string>{"MESSAGE=all is well\nPRIORITY=6\n"}));
}

// Or what stands behind the break would be a field of its own.
TEST_F(JournalSocketTest, TellsTheSizeOfAValueWithALineBreak) {
    EXPECT_EQ(socket.send({{"MESSAGE", "a\nPRIORITY=0"}, {"X", ""}}), Sent::taken);
    EXPECT_EQ(journald->take(),
              (std::vector<std::string>{"MESSAGE\n" + std::string("\x0c\0\0\0\0\0\0\0", 8) +
                                        "a\nPRIORITY=0\nX=\n"}));
}

TEST_F(JournalSocketTest, NeverWaitsForAJournalThatDoesNotRead) {
    int taken = 0;
    while (taken < 100'000 && socket.send({{"MESSAGE", "again"}}) == Sent::taken)
        ++taken;
    EXPECT_LT(taken, 100'000);
    EXPECT_EQ(socket.send({{"MESSAGE", "again"}}), Sent::full);
    EXPECT_EQ(journald->take().size(), static_cast<std::size_t>(taken));
    EXPECT_EQ(socket.send({{"MESSAGE", "again"}}), Sent::taken);
}

TEST_F(JournalSocketTest, FindsAJournalThatComesLater) {
    journald.reset();
    EXPECT_EQ(socket.send({{"MESSAGE", "hello"}}), Sent::absent);
    std::filesystem::remove(at);
    journald.emplace(at);
    EXPECT_EQ(socket.send({{"MESSAGE", "hello"}}), Sent::taken);
}

TEST_F(JournalSocketTest, WhatIsTooLongIsNotSent) {
    EXPECT_EQ(socket.send({{"MESSAGE", std::string(10'000'000, 'x')}}), Sent::full);
}

}  // namespace
}  // namespace berkeley
