#include "daemon/files/fresh_files.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace berkeley {
namespace {

namespace fs = std::filesystem;

class Fresh : public testing::Test {
  protected:
    Fresh() {
        std::string name = "/tmp/berkeleyd-fresh-XXXXXX";
        folder = mkdtemp(name.data());
    }
    ~Fresh() override { fs::remove_all(folder); }

    // Hidden ones, too.
    std::size_t number_of_files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }

    std::string text_of(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(folder / name).rdbuf();
        return text.str();
    }

    mode_t mode_of(const std::string& name) const {
        struct stat found{};
        stat((folder / name).c_str(), &found);
        return found.st_mode & 07777;
    }

    fs::path folder;
};

TEST_F(Fresh, AllArePlacedTogether) {
    FreshFiles files;
    ASSERT_TRUE(files.add(folder / "key", "secret", Access::daemon_only));
    ASSERT_TRUE(files.add(folder / "config", "a\nb\n", Access::everyone));
    EXPECT_FALSE(fs::exists(folder / "key"));
    ASSERT_TRUE(files.place());
    EXPECT_EQ(text_of("key"), "secret\n");
    EXPECT_EQ(text_of("config"), "a\nb\n");
    EXPECT_EQ(mode_of("key"), 0600U);
    EXPECT_EQ(mode_of("config"), 0644U);
}

TEST_F(Fresh, NothingIsLeftBehind) {
    {
        FreshFiles files;
        ASSERT_TRUE(files.add(folder / "key", "secret", Access::daemon_only));
        ASSERT_TRUE(files.add(folder / "config", "text", Access::everyone));
        ASSERT_TRUE(files.place());
    }
    EXPECT_EQ(number_of_files(), 2U);
    {
        FreshFiles files;
        ASSERT_TRUE(files.add(folder / "more", "secret", Access::daemon_only));
        EXPECT_EQ(files.add(folder / "key", "another", Access::everyone).error().cause, EEXIST);
    }
    EXPECT_EQ(number_of_files(), 2U);
    EXPECT_EQ(text_of("key"), "secret\n");
}

// Between add() and place() somebody else makes the last one.
TEST_F(Fresh, IfOneCannotBePlacedNoneIs) {
    {
        FreshFiles files;
        ASSERT_TRUE(files.add(folder / "key", "secret", Access::daemon_only));
        ASSERT_TRUE(files.add(folder / "config", "text", Access::everyone));
        std::ofstream(folder / "config") << "theirs";
        const auto placed = files.place();
        ASSERT_FALSE(placed);
        EXPECT_NE(placed.error().message.find("never overwritten"), std::string::npos);
    }
    EXPECT_EQ(number_of_files(), 1U);
    EXPECT_EQ(text_of("config"), "theirs");
}

TEST_F(Fresh, ADanglingLinkIsNotFollowed) {
    fs::create_symlink(folder / "elsewhere", folder / "key");
    FreshFiles files;
    EXPECT_EQ(files.add(folder / "key", "secret", Access::daemon_only).error().cause, EEXIST);
    EXPECT_FALSE(fs::exists(folder / "elsewhere"));
}

TEST_F(Fresh, TheFolderIsMadeAndTakenBack) {
    {
        FreshFiles files;
        ASSERT_TRUE(files.add(folder / "new" / "key", "secret", Access::daemon_only));
        EXPECT_EQ(files.add(folder / "none" / "such" / "key", "x", Access::everyone).error().cause,
                  ENOENT);
    }
    EXPECT_EQ(number_of_files(), 0U);
    FreshFiles files;
    ASSERT_TRUE(files.add(folder / "new" / "key", "secret", Access::daemon_only));
    ASSERT_TRUE(files.place());
    EXPECT_EQ(text_of("new/key"), "secret\n");
    EXPECT_EQ(mode_of("new"), 0755U);
}

}  // namespace
}  // namespace berkeley
