#include "daemon/app/report_text.hpp"

#include <set>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

TEST(ReportText, EveryKindHasItsOwnIdAndSaysSomething) {
    std::set<std::string_view> ids;
    constexpr int kLast = static_cast<int>(ReportKind::leap_second);
    for (int kind = 0; kind <= kLast; ++kind) {
        const LogEntry entry =
            log_entry({static_cast<ReportKind>(kind), "node7", 1500us, "a reason"});
        EXPECT_EQ(entry.message_id.size(), 32U);
        EXPECT_EQ(entry.message_id.find_first_not_of("0123456789abcdef"), std::string_view::npos);
        EXPECT_GT(entry.message.size(), 10U);
        EXPECT_EQ(entry.fields.size(), 3U);
        ids.insert(entry.message_id);
    }
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(kLast) + 1);
}

TEST(ReportText, NamesWhoAndHowMuch) {
    const LogEntry stepped =
        log_entry({ReportKind::clock_stepped, "node7", -2500ms, "first synchronization"});
    EXPECT_NE(stepped.message.find("-2.500 s"), std::string::npos) << stepped.message;
    EXPECT_NE(stepped.message.find("first synchronization"), std::string::npos);
    const LogEntry silent = log_entry({ReportKind::member_silent, "node3", 40s, ""});
    EXPECT_NE(silent.message.find("node3 for 40.000 s"), std::string::npos) << silent.message;
    EXPECT_EQ(silent.priority, Priority::warning);
}

TEST(ReportText, SpeaksOfOneAndOfSeveral) {
    const auto formed = [](const char* clocks) {
        return log_entry({ReportKind::cluster_formed, clocks, 12us, "new"}).message;
    };
    EXPECT_NE(formed("3").find("is formed: 3 clocks agree to within 12.0 us"), std::string::npos)
        << formed("3");
    EXPECT_NE(formed("1").find("is formed: by one clock alone"), std::string::npos) << formed("1");
    const LogEntry made = log_entry({ReportKind::invitation_made, "n1", 1h, "0b"});
    EXPECT_NE(made.message.find("good for 60 min"), std::string::npos) << made.message;
}

TEST(DurationText, KeepsNumbersShort) {
    EXPECT_EQ(duration_text(0ns), "+0 ns");
    EXPECT_EQ(duration_text(-999ns), "-999 ns");
    EXPECT_EQ(duration_text(12'345ns), "+12.3 us");
    EXPECT_EQ(duration_text(-12'345'678ns), "-12.346 ms");
    EXPECT_EQ(duration_text(3723s), "+3723.000 s");
    EXPECT_EQ(duration_text(Duration::min()), "-9223372036.855 s");
}

TEST(StatusSentence, IsOneLineWithWhatIsKnown) {
    NodeStatus status;
    EXPECT_EQ(status_sentence(status), "Starting as member");
    status.state = NodeState::synchronized;
    status.master = "node1";
    status.offset = -1200ns;
    status.bound = 85us;
    status.members = 5;
    status.counted = 4;
    EXPECT_EQ(
        status_sentence(status),
        "Synchronized as member of node1, -1.2 us from cluster time, surely within 85.0 us; 4 "
        "of 5 clocks count");
}

TEST(ReportText, OtherHandsAreNamedWhereTheyAreKnown) {
    const Report report{ReportKind::clock_steered_by_other, "n1", 0ns, "the tick was changed"};
    const LogEntry named = log_entry(report, {"chronyd (pid 12)", "ptp4l (pid 13)"});
    EXPECT_NE(named.message.find("Running on this machine: chronyd (pid 12), ptp4l (pid 13)"),
              std::string::npos);
    EXPECT_EQ(named.fields.back().second, "chronyd (pid 12), ptp4l (pid 13)");
    EXPECT_EQ(log_entry(report, {}).message, log_entry(report).message);
}

}  // namespace
}  // namespace berkeley
