// berkeleyctl clockdiff against other machines, which are network namespaces: their clock is ours.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/network.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

class ClockDiff : public testing::Test {
  protected:
    void SetUp() override {
        const std::string missing = why_no_network();
        BERKELEYD_REQUIRE(missing.empty(), missing);
        network = std::make_unique<Network>(2);
    }

    Outcome clockdiff(const Arguments& words, Arguments wrapper = {}) const {
        Arguments command = network->machine(1).wrapper();
        command.insert(command.end(), wrapper.begin(), wrapper.end());
        command.insert(command.end(),
                       {built("berkeleyctl"), "--socket", "/nonexistent", "clockdiff"});
        command.insert(command.end(), words.begin(), words.end());
        return run(command);
    }

    std::unique_ptr<Network> network;
};

TEST_F(ClockDiff, FindsNoDifferenceWhereThereIsNone) {
    const Outcome outcome = clockdiff({"10.99.0.2", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto found = boost::json::parse(outcome.out).as_array().at(0).as_object();
    EXPECT_EQ(text(found, "address"), "10.99.0.2");
    EXPECT_EQ(number(found, "answered"), 50);
    EXPECT_LE(std::abs(number(found, "offset_ns")), number(found, "error_ns"));
    EXPECT_LT(number(found, "error_ns"), 500'000) << "far less than the millisecond of a stamp";
    const Outcome few = clockdiff({"10.99.0.2", "--count", "3"});
    EXPECT_NE(few.out.find("3/3"), std::string::npos) << few.out;
}

TEST_F(ClockDiff, SaysWhoDoesNotAnswerAndWhatToLookAt) {
    network->plug(2, false);
    const Outcome outcome =
        clockdiff({"10.99.0.2", "10.99.0.1", "no-such-host.invalid", "--count", "5"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.out.find("no answer: is it up, and does no firewall drop ICMP timestamps"),
              std::string::npos)
        << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find("no host, and no node that berkeleyd here knows"),
              std::string::npos);
    EXPECT_NE(outcome.out.find("5/5"), std::string::npos) << "itself answers";
}

TEST_F(ClockDiff, NeedsARawSocket) {
    const Outcome outcome =
        clockdiff({"10.99.0.2"}, {"setpriv", "--reuid", "60001", "--regid", "60001",
                                  "--clear-groups", "--bounding-set", "-all"});
    EXPECT_EQ(outcome.code, 4);
    EXPECT_NE(outcome.err.find("CAP_NET_RAW"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace berkeley::test
