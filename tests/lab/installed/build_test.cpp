// What builds packages, asked wrongly; asked well, it builds what the other tests install.
#include <gtest/gtest.h>

#include "tests/system/support/process.hpp"

namespace berkeley::test {
namespace {

class Build : public testing::TestWithParam<const char*> {
  protected:
    const std::string script = std::string(BERKELEYD_SOURCE_DIR "/packaging/") + GetParam();
};

TEST_P(Build, SaysWhatItDoes) {
    const Outcome help = run({script, "--help"});
    EXPECT_EQ(help.code, 0) << help.err;
    EXPECT_NE(help.out.find("build/packages/"), std::string::npos) << help.out;
    EXPECT_EQ(help.out.find('#'), std::string::npos) << help.out;
    EXPECT_EQ(help.out.find("set -"), std::string::npos) << help.out;
}

TEST_P(Build, SaysWhatIsWrong) {
    const Outcome argument = run({script, "--sign"});
    EXPECT_EQ(argument.code, 2);
    EXPECT_NE(argument.err.find("'--sign'"), std::string::npos) << argument.err;
    const Outcome date = run({script}, {"SOURCE_DATE_EPOCH=yesterday"});
    EXPECT_EQ(date.code, 1);
    EXPECT_NE(date.err.find("'yesterday'"), std::string::npos) << date.err;
}

INSTANTIATE_TEST_SUITE_P(Deb, Build, testing::Values("build-deb"));
INSTANTIATE_TEST_SUITE_P(Rpm, Build, testing::Values("build-rpm"));

}  // namespace
}  // namespace berkeley::test
