#include "daemon/app/candidate_resolver.hpp"

#include <gtest/gtest.h>

#include "daemon/platform/socket_address.hpp"

namespace berkeley {
namespace {

struct CandidateResolverTest : testing::Test {
    CandidateResolver::Callbacks callbacks() {
        return {[this](const std::string& name, const Endpoint& endpoint) {
                    found.push_back(name + " " + endpoint_text(endpoint));
                },
                [this](const CandidateAddress&, const std::string& message) {
                    failures.push_back(message);
                },
                [](const Endpoint& endpoint) { return is_ipv4(endpoint); }};
    }

    boost::asio::io_context context;
    std::vector<std::string> found;
    std::vector<std::string> failures;
};

TEST_F(CandidateResolverTest, TakesNumbersAsTheyAre) {
    CandidateResolver resolver(
        context, {{"node1", "192.0.2.1", 10525}, {"node2", "2001:db8::1", 7}}, callbacks());
    resolver.start();
    context.run();
    EXPECT_EQ(found, std::vector<std::string>{"node1 192.0.2.1:10525"});
    ASSERT_EQ(failures.size(), 1U);  // the sockets here are all IPv4's
    EXPECT_NE(failures[0].find("node2 at [2001:db8::1]:7"), std::string::npos);
}

TEST_F(CandidateResolverTest, LooksNamesUpAndTellsOfFailureOnce) {
    if (!resolve_listen_address({"localhost", 1}))
        GTEST_SKIP() << "localhost does not resolve here: there is no /etc/hosts";
    CandidateResolver resolver(
        context, {{"node1", "localhost", 10525}, {"node2", "host.invalid", 1}}, callbacks());
    resolver.start();
    context.run_for(std::chrono::seconds(3));
    EXPECT_EQ(found, std::vector<std::string>{"node1 127.0.0.1:10525"});
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_NE(failures[0].find("cannot find candidate node2: host.invalid"), std::string::npos);
    resolver.stop();
    context.run();
}

// It is not there yet, or comes back with another number.
TEST_F(CandidateResolverTest, LooksForAnInterfaceAgainAndAgain) {
    auto all = callbacks();
    all.reaches = [](const Endpoint&) { return true; };
    CandidateResolver resolver(context, {{"node1", "fe80::1%nosuch0", 1}}, std::move(all));
    resolver.start();
    context.run_for(std::chrono::seconds(1));
    EXPECT_TRUE(found.empty());
    EXPECT_EQ(failures.size(), 1U);
    resolver.replace({{"node1", "fe80::1%lo", 1}});
    context.run_for(std::chrono::seconds(1));
    EXPECT_EQ(found.size(), 1U);
    resolver.stop();
    context.run();
}

TEST_F(CandidateResolverTest, GoesByOtherAddressesAtOnce) {
    CandidateResolver resolver(context, {{"node1", "192.0.2.1", 1}, {"node2", "192.0.2.2", 2}},
                               callbacks());
    resolver.start();
    resolver.readdress({{"node1", "192.0.2.1", 1}, {"node2", "192.0.2.22", 2}});
    resolver.readdress({{"node2", "host.invalid", 2}, {"node3", "192.0.2.3", 3}});
    resolver.readdress({{"node2", "192.0.2.2", 5}});  // while the last one is looked up
    context.run_for(std::chrono::seconds(3));
    EXPECT_EQ(found, (std::vector<std::string>{"node1 192.0.2.1:1", "node2 192.0.2.2:2",
                                               "node2 192.0.2.22:2", "node2 192.0.2.2:5"}));
    EXPECT_TRUE(failures.empty());
    resolver.stop();
}

TEST(ResolveListenAddress, SaysWhatToWrite) {
    EXPECT_EQ(*resolve_listen_address({"::", 1}), (Endpoint{{}, 1, 0}));
    EXPECT_EQ(endpoint_text(*resolve_listen_address({"127.0.0.1", 5})), "127.0.0.1:5");
    const auto wrong = resolve_listen_address({"host.invalid", 5});
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().find("`listen`"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
