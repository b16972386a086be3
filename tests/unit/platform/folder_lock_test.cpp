#include "daemon/platform/folder_lock.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/system/support/temporary_folder.hpp"

namespace berkeley {
namespace {

TEST(FolderLock, IsOneProcesssUntilItLetsGo) {
    const test::TemporaryFolder folder;
    {
        const auto first = lock_folder(folder.path());
        ASSERT_TRUE(first.has_value());
        EXPECT_TRUE(*first);
        const auto second = lock_folder(folder.path());
        ASSERT_FALSE(second.has_value());
        EXPECT_NE(second.error().find(fmt::format("(pid {})", getpid())), std::string::npos)
            << second.error();
        const test::TemporaryFolder other;
        EXPECT_TRUE(lock_folder(other.path()).has_value());
    }
    EXPECT_TRUE(lock_folder(folder.path()).has_value());
}

TEST(FolderLock, LeavesNothingBehind) {
    const test::TemporaryFolder folder;
    {
        const auto lock = lock_folder(folder.path());
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// To make it is somebody else's business, and its fault too.
TEST(FolderLock, OfNoFolderHoldsNobodyUp) {
    const auto none = lock_folder("/nonexistent");
    ASSERT_TRUE(none.has_value());
    EXPECT_FALSE(*none);
}

}  // namespace
}  // namespace berkeley
