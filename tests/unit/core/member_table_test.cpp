#include "daemon/core/node/member_table.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

TEST(MemberTable, FindsWhatWasAdded) {
    MemberTable table(10);
    Member* member = table.add(NodeId{7});
    ASSERT_NE(member, nullptr);
    EXPECT_EQ(member->id, NodeId{7});
    EXPECT_EQ(table.find(NodeId{7}), member);
    EXPECT_EQ(table.add(NodeId{7}), member);
    EXPECT_EQ(table.in_slot(member->slot), member);
    EXPECT_EQ(table.find(NodeId{8}), nullptr);
    EXPECT_EQ(table.in_slot(99), nullptr);
    EXPECT_EQ(table.size(), 1U);
}

TEST(MemberTable, TakesNoMoreThanItsLimit) {
    MemberTable table(3);
    for (std::uint64_t id = 1; id <= 3; ++id)
        EXPECT_NE(table.add(NodeId{id}), nullptr);
    EXPECT_EQ(table.add(NodeId{4}), nullptr);
    EXPECT_EQ(table.size(), 3U);
    table.remove_if([](const Member& member) { return member.id == NodeId{2}; });
    EXPECT_EQ(table.find(NodeId{2}), nullptr);
    EXPECT_NE(table.add(NodeId{4}), nullptr);
    EXPECT_EQ(table.add(NodeId{5}), nullptr);
}

TEST(MemberTable, MembersStayWhereTheyAreWhileOthersComeAndGo) {
    MemberTable table(1'000);
    Member* stays = table.add(NodeId{1});
    const std::size_t slot = stays->slot;
    for (std::uint64_t id = 2; id <= 900; ++id)
        table.add(NodeId{id});
    table.remove_if([](const Member& member) { return member.id.value % 2 == 0; });
    for (std::uint64_t id = 1'001; id <= 1'300; ++id)
        table.add(NodeId{id});
    EXPECT_EQ(table.find(NodeId{1}), stays);
    EXPECT_EQ(table.in_slot(slot), stays);
    for (const Member* member : table.all())
        EXPECT_EQ(table.in_slot(member->slot), member);
}

TEST(MemberTable, PollsInTheOrderTheyFallDue) {
    MemberTable table(10);
    EXPECT_FALSE(table.earliest_due().has_value());
    for (std::uint64_t id = 1; id <= 3; ++id) {
        table.poll_at(*table.add(NodeId{id}), RawTime{100 - static_cast<std::int64_t>(id)});
    }
    EXPECT_EQ(table.earliest_due(), RawTime{97});
    EXPECT_EQ(table.next_due(RawTime{96}), nullptr);
    EXPECT_EQ(table.next_due(RawTime{98})->id, NodeId{3});
    EXPECT_EQ(table.next_due(RawTime{98})->id, NodeId{2});
    EXPECT_EQ(table.next_due(RawTime{98}), nullptr);
    EXPECT_EQ(table.earliest_due(), RawTime{99});
}

TEST(MemberTable, OnlyTheLastTimeSetForAMemberCounts) {
    MemberTable table(10);
    Member* member = table.add(NodeId{1});
    table.poll_at(*member, RawTime{50});
    table.poll_at(*member, RawTime{80});
    EXPECT_EQ(table.earliest_due(), RawTime{80});
    EXPECT_EQ(table.next_due(RawTime{60}), nullptr);
    EXPECT_EQ(table.next_due(RawTime{80}), member);
}

TEST(MemberTable, WhoIsGoneIsNotPolled) {
    MemberTable table(10);
    table.poll_at(*table.add(NodeId{1}), RawTime{50});
    table.remove_if([](const Member&) { return true; });
    EXPECT_EQ(table.next_due(RawTime{60}), nullptr);
    EXPECT_FALSE(table.earliest_due().has_value());
    table.add(NodeId{1});
    table.clear();
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.find(NodeId{1}), nullptr);
}

}  // namespace
}  // namespace berkeley
