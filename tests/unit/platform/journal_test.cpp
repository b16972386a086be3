#include "daemon/platform/journal.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/platform/message_ids.hpp"
#include "daemon/platform/standard_streams.hpp"

namespace berkeley {
namespace {

TEST(LogLimit, LetsABurstThroughAndThenATrickle) {
    LogLimit limit;
    int passed = 0;
    for (int i = 0; i < 100; ++i)
        passed += limit.ask("a", 1h).pass ? 1 : 0;
    EXPECT_EQ(passed, static_cast<int>(LogLimit::kBurst));
    const LogLimit::Verdict later = limit.ask("a", 1h + LogLimit::kRefill);
    EXPECT_TRUE(later.pass);
    EXPECT_EQ(later.held_back, 80U);
    EXPECT_FALSE(limit.ask("a", 1h + LogLimit::kRefill).pass);
}

TEST(LogLimit, KindsDoNotHideEachOther) {
    LogLimit limit;
    for (int i = 0; i < 100; ++i)
        limit.ask("a", 1h);
    EXPECT_TRUE(limit.ask("b", 1h).pass);
}

TEST(LogLimit, TellsOfAFloodOnceItHasEnded) {
    LogLimit limit;
    for (int i = 0; i < 30; ++i)
        limit.ask("a", 1h + 10ms * i);
    limit.ask("b", 1h);
    EXPECT_TRUE(limit.ended(1h + 290ms + LogLimit::kQuiet - 1ms).empty());  // not yet
    const auto floods = limit.ended(1h + 290ms + LogLimit::kQuiet);
    ASSERT_EQ(floods.size(), 1U);
    EXPECT_EQ(floods[0].kind, "a");
    EXPECT_EQ(floods[0].held_back, 10U);
    EXPECT_TRUE(limit.ended(2h).empty());
    EXPECT_EQ(limit.ask("a", 2h).held_back, 0U);
}

TEST(LogLimit, IsBoundedItself) {
    LogLimit limit;
    int passed = 0;
    for (int i = 0; i < 1000; ++i)
        passed += limit.ask(std::to_string(i), 1h).pass ? 1 : 0;
    EXPECT_EQ(passed, 128);
}

// What is written while it lives, line by line: stderr, led into a file.
class StderrFile {
  public:
    StderrFile() : before_(dup(STDERR_FILENO)), file_(memfd_create("stderr", MFD_CLOEXEC)) {
        dup2(file_, STDERR_FILENO);
    }
    ~StderrFile() {
        dup2(before_, STDERR_FILENO);
        close(before_);
        close(file_);
    }
    StderrFile(const StderrFile&) = delete;
    StderrFile& operator=(const StderrFile&) = delete;

    std::string text() const {
        std::string text(100'000, '\0');
        const ssize_t size = pread(file_, text.data(), text.size(), 0);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return text;
    }

  private:
    int before_;
    int file_;
};

LogEntry failure(int number) {
    return {Priority::warning, message_id::kSendFailed, "cannot send " + std::to_string(number)};
}

TEST(Journal, AtItsEndTellsWhatItHeldBack) {
    StderrFile file;
    {
        Journal journal;
        for (int i = 0; i < 27; ++i)
            journal.write(failure(i));
        EXPECT_NE(file.text().find("berkeleyd: cannot send 19\n"), std::string::npos);
        EXPECT_EQ(file.text().find("cannot send 20"), std::string::npos);
        journal.tell_of_floods();  // it may go on
        EXPECT_EQ(file.text().find("more messages"), std::string::npos);
    }
    EXPECT_TRUE(file.text().ends_with(
        "berkeleyd: 7 more messages like this one were not logged: cannot send 26\n"))
        << file.text();
}

TEST(Journal, WritesTheLevelAskedForAndTheGraverOnes) {
    StderrFile file;
    Journal journal;
    journal.set_level(Priority::warning);
    journal.write({Priority::notice, message_id::kReloaded, "notice"});
    journal.write({Priority::warning, message_id::kReloaded, "warning"});
    journal.write({Priority::error, message_id::kReloaded, "error"});
    EXPECT_EQ(file.text(), "berkeleyd: warning\nberkeleyd: error\n");
}

// A pipe that nobody reads is full in the end: then lines are lost, and the clock's work goes on.
TEST(Journal, IsNotHeldUpByAReaderThatDoesNotRead) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const int before = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    {
        Journal journal;
        LogEntry entry = failure(1);
        entry.limited = false;
        entry.message = std::string(1000, 'x');
        for (int i = 0; i < 200; ++i)
            journal.write(entry);  // three times what a pipe holds
        close(ends[0]);
        secure_standard_streams();
        journal.write(entry);  // and nobody at all any more
    }
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
}

}  // namespace
}  // namespace berkeley
