#include "daemon/platform/port_owner.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr std::string_view kTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n"
    " 1178: 00000000:291D 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 "
    "23456 2 00000000c0ffee00 0\n"
    " 1179: 0100007F:291E 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 "
    "23457 2 00000000c0ffee01 0\n";

TEST(PortOwner, FindsTheSocketInTheTable) {
    EXPECT_EQ(inodes_on_port(kTable, 10525), std::vector<std::uint64_t>{23456});
    EXPECT_EQ(inodes_on_port(kTable, 10526), std::vector<std::uint64_t>{23457});
    EXPECT_TRUE(inodes_on_port(kTable, 10527).empty());
}

TEST(PortOwner, MakesNothingOfNonsense) {
    EXPECT_TRUE(inodes_on_port("", 1).empty());
    EXPECT_TRUE(inodes_on_port("a :0001 b c d e f g h i j", 1).empty());
    EXPECT_TRUE(inodes_on_port(kTable.substr(0, kTable.size() - 40), 10526).empty());
}

TEST(PortOwner, KnowsNobodyOnAPortNobodyHas) {
    EXPECT_EQ(udp_port_owner(0), "");
}

}  // namespace
}  // namespace berkeley
