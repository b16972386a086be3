#include "daemon/files/node_files.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/config_files.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

class NodeFiles : public testing::Test {
  protected:
    NodeFiles() {
        std::string name = "/tmp/berkeleyd-node-XXXXXX";
        folder = mkdtemp(name.data());
        file = folder / "node.key";
    }
    ~NodeFiles() override {
        unsetenv("CREDENTIALS_DIRECTORY");
        std::filesystem::remove_all(folder);
    }

    void write(std::string_view text, mode_t mode = 0600) const {
        std::ofstream(file) << text;
        chmod(file.c_str(), mode);
    }

    std::string complaint() const {
        const auto key = read_secret_key(file);
        return key ? "" : key.error().message;
    }

    std::filesystem::path folder;
    std::filesystem::path file;
};

TEST_F(NodeFiles, AKeyIsMadeOnceAndForItsOwnerOnly) {
    const mode_t before = umask(0777);
    const auto made = create_secret_key(file);
    umask(before);
    ASSERT_TRUE(made) << made.error().message;
    struct stat status{};
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
    const auto read = read_secret_key(file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->public_key(), made->public_key());
    const auto again = create_secret_key(file);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().cause, EEXIST);
    EXPECT_EQ(read_secret_key(file)->public_key(), made->public_key());
    EXPECT_NE(create_secret_key(folder / "another")->public_key(), made->public_key());
}

TEST_F(NodeFiles, AMissingKeySaysHowToGetOne) {
    EXPECT_NE(complaint().find("there is no key file " + file.string()), std::string::npos);
    EXPECT_NE(complaint().find("`berkeleyctl key " + file.string() + "`"), std::string::npos);
    EXPECT_EQ(read_secret_key(file).error().cause, ENOENT);
}

TEST_F(NodeFiles, AKeyThatOthersMayKnowIsRefused) {
    ASSERT_TRUE(create_secret_key(file));
    for (const mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
        chmod(file.c_str(), mode);
        EXPECT_NE(complaint().find("chmod 600"), std::string::npos);
    }
    chmod(file.c_str(), 0400);
    EXPECT_EQ(complaint(), "");
    if (geteuid() == 0) {
        ASSERT_EQ(chown(file.c_str(), 12'345, 0), 0);
        EXPECT_NE(complaint().find("belongs to user 12345"), std::string::npos);
    }
}

TEST_F(NodeFiles, WhoMayNotReadAKeyIsNotToldToGiveItAway) {
    if (geteuid() != 0)
        GTEST_SKIP() << "needs root to be somebody else";
    ASSERT_TRUE(create_secret_key(file));
    ASSERT_EQ(seteuid(12'345), 0);
    const std::string told = complaint();
    const int cause = read_secret_key(file).error().cause;
    ASSERT_EQ(seteuid(0), 0);
    EXPECT_EQ(told, "not permitted to read the key file " + file.string() +
                        ": only root and the user that berkeleyd runs as are; try as root");
    EXPECT_EQ(cause, EACCES);
}

TEST_F(NodeFiles, WhatIsNoKeyIsRefusedWithoutBeingTold) {
    std::filesystem::create_directory(file);
    EXPECT_NE(complaint().find("not a regular file"), std::string::npos);
    std::filesystem::remove(file);
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    EXPECT_NE(complaint().find("not a regular file"), std::string::npos);
    std::filesystem::remove(file);
    const std::string whole(secret_text(test::secret_key(1)).view());
    write(whole.substr(0, whole.size() - 3));
    EXPECT_NE(complaint().find("cut short or mistyped"), std::string::npos);
    EXPECT_EQ(complaint().find(whole.substr(20, 10)), std::string::npos);
    write(to_text(test::sample_certificate()));
    EXPECT_NE(complaint().find("this is a certificate, not a secret key"), std::string::npos);
    write(std::string(1'000'000, 'a'));
    EXPECT_NE(complaint().find("not valid"), std::string::npos);
    write(" " + whole + "\r\n\n");
    EXPECT_EQ(complaint(), "");
}

TEST_F(NodeFiles, ACertificateIsRead) {
    EXPECT_NE(read_certificate(file).error().message.find("berkeleyctl join"), std::string::npos);
    EXPECT_EQ(read_certificate(file).error().cause, ENOENT);
    write(to_text(test::sample_certificate()) + "\n", 0644);
    EXPECT_EQ(read_certificate(file), test::sample_certificate());
    write(to_text(test::secret_key(1).public_key()), 0644);
    EXPECT_NE(read_certificate(file).error().message.find("this is a public key, not a"),
              std::string::npos);
}

TEST_F(NodeFiles, SystemdMayGiveThem) {
    EXPECT_EQ(config_defaults().key_file, kDefaultKeyFile);
    setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1);
    EXPECT_EQ(config_defaults().key_file, kDefaultKeyFile);  // none there
    write(secret_text(test::secret_key(1)).view(), 0440);    // as an access list makes it look
    EXPECT_EQ(config_defaults().key_file, file.string());
    EXPECT_EQ(config_defaults().certificate_file, kDefaultCertificateFile);
    EXPECT_EQ(complaint(), "");
    chmod(file.c_str(), 0444);
    EXPECT_NE(complaint().find("chmod 600"), std::string::npos);
    chmod(file.c_str(), 0440);
    setenv("CREDENTIALS_DIRECTORY", (folder / "..").c_str(), 1);
    EXPECT_NE(complaint().find("chmod 600"), std::string::npos);
    setenv("CREDENTIALS_DIRECTORY", ".", 1);
    EXPECT_EQ(config_defaults().key_file, kDefaultKeyFile);
}

}  // namespace
}  // namespace berkeley
