#include "daemon/files/config_files.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace berkeley {
namespace {

class ConfigFiles : public testing::Test {
  protected:
    ConfigFiles() {
        std::string name = "/tmp/berkeleyd-files-XXXXXX";
        folder = mkdtemp(name.data());
        file = folder / "b.toml";
        drop_ins = folder / "b.toml.d";
        std::ofstream(file) << "main";
    }
    ~ConfigFiles() override { std::filesystem::remove_all(folder); }

    void drop_in(const std::string& name, const std::string& text) const {
        std::filesystem::create_directory(drop_ins);
        std::ofstream(drop_ins / name) << text;
    }

    // "main|10-a.toml's text|..."
    std::string texts() const {
        const auto sources = read_config_files(file);
        if (!sources)
            return sources.error().message;
        std::string all;
        for (const ConfigSource& source : *sources)
            all += (all.empty() ? "" : "|") + source.text;
        return all;
    }

    int failure() const {
        const auto sources = read_config_files(file);
        return sources ? 0 : sources.error().cause;
    }

    std::filesystem::path folder;
    std::filesystem::path file;
    std::filesystem::path drop_ins;
};

TEST_F(ConfigFiles, AreReadInTheOrderOfTheirNames) {
    EXPECT_EQ(texts(), "main");
    for (const char* name : {"20.toml", "100.toml", "a.toml", "B.toml"})
        drop_in(name, name);
    EXPECT_EQ(texts(), "main|100.toml|20.toml|B.toml|a.toml");
    EXPECT_EQ(read_config_files(file)->back().file, (drop_ins / "a.toml").string());
}

TEST_F(ConfigFiles, OthersThanTomlAndHiddenOnesArePassedOver) {
    drop_in("10.toml", "10");
    for (const char* name : {"20.toml.dpkg-new", "README", "toml", ".30.toml", "40.toml~"})
        drop_in(name, name);
    std::filesystem::create_symlink("nowhere", drop_ins / ".#10.toml");
    EXPECT_EQ(texts(), "main|10");
}

TEST_F(ConfigFiles, AMaskIsAnEmptyFile) {
    drop_in("10.toml", "10");
    std::filesystem::create_symlink("/dev/null", drop_ins / "20.toml");
    EXPECT_EQ(texts(), "main|10|");
}

TEST_F(ConfigFiles, WhatCannotBeReadIsAnError) {
    drop_in("10.toml", "10");
    std::filesystem::create_directory(drop_ins / "20.toml");
    EXPECT_EQ(texts(), "cannot read the configuration file " + (drop_ins / "20.toml").string() +
                           ": it is a folder");
    chmod((drop_ins / "20.toml").c_str(), 01777);
    EXPECT_EQ(failure(), EISDIR) << "nobody is told to change its mode";
    std::filesystem::remove(drop_ins / "20.toml");
    std::filesystem::create_symlink("nowhere", drop_ins / "30.toml");
    EXPECT_EQ(failure(), ENOENT);
    std::filesystem::remove_all(drop_ins);
    std::ofstream{drop_ins} << "no folder";
    EXPECT_EQ(failure(), ENOTDIR);
    std::filesystem::remove(drop_ins);
    std::filesystem::remove(file);
    EXPECT_EQ(failure(), ENOENT);
}

TEST_F(ConfigFiles, APipeThatNobodyFillsIsNotWaitedForWithoutEnd) {
    std::filesystem::create_directory(drop_ins);
    ASSERT_EQ(mkfifo((drop_ins / "10.toml").c_str(), 0600), 0);
    EXPECT_EQ(texts(), "main|");  // nobody writes: it is at its end
    const std::fstream writer(drop_ins / "10.toml");
    EXPECT_EQ(failure(), EAGAIN);
}

TEST_F(ConfigFiles, NumberAndSizeAreLimited) {
    for (std::size_t i = 0; i < kMostDropIns; ++i)
        drop_in(std::to_string(i) + ".toml", "");
    EXPECT_EQ(failure(), 0);
    drop_in("one-more.toml", "");
    EXPECT_EQ(failure(), E2BIG);
    std::filesystem::remove_all(drop_ins);
    drop_in("1.toml", std::string(10 * kMaxConfigSize, ' '));
    const auto sources = read_config_files(file);
    ASSERT_TRUE(sources);
    EXPECT_FALSE(parse_config(*sources, {"here"}));
    EXPECT_LE(sources->back().text.size(), kMaxConfigSize + 1);
}

TEST_F(ConfigFiles, WhatEverybodyCanWriteIsNotBelieved) {
    drop_in("10.toml", "10");
    for (const auto& place : {file, drop_ins / "10.toml", drop_ins}) {
        struct stat before{};
        ASSERT_EQ(stat(place.c_str(), &before), 0);
        chmod(place.c_str(), before.st_mode | S_IWOTH);
        EXPECT_EQ(failure(), EINVAL);
        EXPECT_NE(texts().find("`chmod o-w " + place.string() + "`"), std::string::npos) << texts();
        chmod(place.c_str(), before.st_mode);
        EXPECT_EQ(texts(), "main|10");
    }
}

}  // namespace
}  // namespace berkeley
