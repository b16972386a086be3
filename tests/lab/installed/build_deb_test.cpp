// packaging/build-deb asked wrongly; asked well, it builds what the other tests install.
#include <gtest/gtest.h>

#include "tests/system/support/process.hpp"

namespace berkeley::test {
namespace {

const std::string kBuildDeb = BERKELEYD_SOURCE_DIR "/packaging/build-deb";

TEST(BuildDeb, SaysWhatItDoes) {
    const Outcome help = run({kBuildDeb, "--help"});
    EXPECT_EQ(help.code, 0) << help.err;
    EXPECT_NE(help.out.find("build/packages/"), std::string::npos) << help.out;
    EXPECT_EQ(help.out.find('#'), std::string::npos) << help.out;
}

TEST(BuildDeb, SaysWhatIsWrong) {
    const Outcome argument = run({kBuildDeb, "--sign"});
    EXPECT_EQ(argument.code, 2);
    EXPECT_NE(argument.err.find("'--sign'"), std::string::npos) << argument.err;
    const Outcome date = run({kBuildDeb}, {"SOURCE_DATE_EPOCH=yesterday"});
    EXPECT_EQ(date.code, 1);
    EXPECT_NE(date.err.find("'yesterday'"), std::string::npos) << date.err;
}

}  // namespace
}  // namespace berkeley::test
