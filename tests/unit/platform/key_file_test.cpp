#include "daemon/platform/key_file.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berkeley {
namespace {

const std::string kDigits = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

TEST(Key, IsReadWithSpaceAround) {
    const auto key = parse_key(" " + kDigits + "\r\n\n");
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(key->bytes[1], 0x11);
    EXPECT_EQ(key->bytes[31], 0xff);
    EXPECT_EQ(parse_key(format_key(*key))->bytes, key->bytes);
}

TEST(Key, IsRefusedWithoutBeingTold) {
    for (const std::string& wrong :
         {std::string{}, kDigits.substr(1), kDigits + "0", "x" + kDigits.substr(1),
          kDigits.substr(0, 31) + "  " + kDigits.substr(33), std::string(64, '\0')}) {
        const auto key = parse_key(wrong);
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().find("2233"), std::string::npos);
    }
}

class KeyFileTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "berkeleyd-key-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        file_ = folder_ / "key";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string complaint() const {
        const auto key = read_key_file(file_);
        return key ? "" : key.error();
    }

    std::filesystem::path folder_;
    std::filesystem::path file_;
};

TEST_F(KeyFileTest, CreatedOnceAndForItsOwnerOnly) {
    ASSERT_TRUE(create_key_file(file_));
    struct stat status{};
    ASSERT_EQ(stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
    const auto key = read_key_file(file_);
    ASSERT_TRUE(key) << key.error();
    const auto again = create_key_file(file_);
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().find("exists already"), std::string::npos);
    EXPECT_EQ(read_key_file(file_)->bytes, key->bytes);
}

TEST_F(KeyFileTest, SaysHowToMakeOne) {
    EXPECT_NE(complaint().find("berkeleyctl key " + file_.string()), std::string::npos);
}

TEST_F(KeyFileTest, RefusesWhatOthersMayKnow) {
    ASSERT_TRUE(create_key_file(file_));
    for (const mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
        chmod(file_.c_str(), mode);
        EXPECT_NE(complaint().find("chmod 600"), std::string::npos);
    }
    chmod(file_.c_str(), 0400);
    EXPECT_EQ(complaint(), "");
    if (geteuid() == 0) {
        ASSERT_EQ(chown(file_.c_str(), 12'345, 0), 0);
        EXPECT_NE(complaint().find("belongs to user 12345"), std::string::npos);
    }
}

TEST_F(KeyFileTest, RefusesFoldersAndNonsense) {
    std::filesystem::create_directory(file_);
    EXPECT_NE(complaint().find("not a regular file"), std::string::npos);
    std::filesystem::remove(file_);
    std::ofstream(file_) << std::string(1000, 'a');
    chmod(file_.c_str(), 0600);
    EXPECT_NE(complaint().find("not valid"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
