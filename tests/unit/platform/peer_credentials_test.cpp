#include "daemon/platform/peer_credentials.hpp"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace berkeley {
namespace {

PeerCredentials peer(uid_t uid, gid_t gid, std::vector<gid_t> groups = {}) {
    return {1, uid, gid, std::move(groups)};
}

TEST(MayChange, IsForRootTheDaemonAndItsGroup) {
    constexpr uid_t kDaemon = 990;
    constexpr gid_t kOperators = 995;
    EXPECT_TRUE(may_change(peer(0, 0), kDaemon, std::nullopt));
    EXPECT_TRUE(may_change(peer(kDaemon, 1), kDaemon, std::nullopt));
    EXPECT_TRUE(may_change(peer(1000, kOperators), kDaemon, kOperators));
    EXPECT_TRUE(may_change(peer(1000, 1000, {4, kOperators, 27}), kDaemon, kOperators));
    EXPECT_FALSE(may_change(peer(1000, 1000, {4, 27}), kDaemon, kOperators));
    EXPECT_FALSE(may_change(peer(1000, 1000, {4, kOperators}), kDaemon, std::nullopt));
    EXPECT_FALSE(may_change(peer(kOperators, 1000), kDaemon, kOperators));
    EXPECT_FALSE(may_change({}, kDaemon, kOperators));  // the kernel would not tell
    EXPECT_FALSE(may_change({}, static_cast<uid_t>(-1), static_cast<gid_t>(-1)));
}

TEST(PeerCredentials, AreThoseOfTheProcessThere) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    const PeerCredentials found = peer_credentials(ends[0]);
    EXPECT_EQ(found.pid, getpid());
    EXPECT_EQ(found.uid, geteuid());
    EXPECT_EQ(found.gid, getegid());
    EXPECT_EQ(found.groups.size(), static_cast<std::size_t>(getgroups(0, nullptr)));
    for (const int end : ends)
        close(end);
    EXPECT_EQ(peer_credentials(-1).uid, static_cast<uid_t>(-1));
}

TEST(FindGroup, KnowsRootsAndNoneThatIsNotThere) {
    EXPECT_EQ(find_group("root"), std::optional<gid_t>(0));
    EXPECT_EQ(find_group("no-such-group-here"), std::nullopt);
}

}  // namespace
}  // namespace berkeley
