// The configuration read again by a daemon that runs: by SIGHUP, and by the operator's word.
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/identity.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

class Reload : public testing::Test {
  protected:
    void SetUp() override {
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{20}));
        std::filesystem::create_directory(node.config().string() + ".d");
    }

    void drop_in(const std::string& text) const {
        cluster.folder().write("n1.toml.d/50-test.toml", text);
    }

    bool logged(const std::string& words) const {
        return wait_until(Seconds{5}, [&] { return node.log().find(words) != std::string::npos; });
    }

    // Of n2, which only answers: so many polls a second.
    double polls_a_second() const {
        const std::int64_t before = number(cluster["n2"].tracking(), "datagrams_received");
        std::this_thread::sleep_for(Seconds{3});
        const std::int64_t after = number(cluster["n2"].tracking(), "datagrams_received");
        return static_cast<double>(after - before) / 3;
    }

    Cluster cluster{{.nodes = {{.name = "n1"}, {.name = "n2", .drift_ppm = 30}}}};
    NodeProcess& node = cluster["n1"];
};

TEST_F(Reload, BySignalTakesOverWhatItCanAndKeepsSynchronization) {
    const boost::json::object before = node.status();
    drop_in("poll = {min = 0.05, max = 0.05}\nexpect = 2\nlisten = '127.0.0.1:1'\n");
    node.signal(SIGHUP);
    ASSERT_TRUE(logged("now goes by the new poll.max; restart berkeleyd for the new listen"));
    EXPECT_NEAR(polls_a_second(), 20, 4);
    const boost::json::object after = node.status();
    EXPECT_EQ(text(after, "state"), "synchronized");
    for (const char* key : {"term", "epoch", "members_counted"})
        EXPECT_EQ(number(after, key), number(before, key)) << key;
    EXPECT_LT(spread_ns(cluster), 1'000'000);
    for (const auto& each : cluster.nodes())
        EXPECT_EQ(number(each->tracking(), "steps"), 0);

    drop_in("");
    EXPECT_EQ(node.ctl({"reload"}).out, "the daemon goes by the new poll.max now\n");
}

TEST_F(Reload, AWrongConfigurationChangesNothingAndIsTold) {
    drop_in("expect = 7\n\nlissen = 'x'\nlog_level = 'error'\n");
    const std::string place = node.config().string() + ".d/50-test.toml:3:1: unknown key 'lissen'";
    node.signal(SIGHUP);
    ASSERT_TRUE(logged("has 1 mistake: nothing is changed") && logged(place)) << node.log();
    const Outcome outcome = node.ctl({"reload"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find(place), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("nothing is changed"), std::string::npos);
    EXPECT_EQ(node.state(), "synchronized");
    std::filesystem::rename(node.config(), node.config().string() + ".gone");
    EXPECT_EQ(node.ctl({"reload"}).code, 1);
    EXPECT_EQ(node.state(), "synchronized");
}

TEST_F(Reload, AnotherKeyNeedsARestartAndOneThatIsGoneIsWarnedOf) {
    EXPECT_EQ(node.ctl({"reload"}).out,
              "the configuration was read again: nothing in it changed\n");
    const auto key = cluster.key_file(node.name());
    std::filesystem::remove(key);
    EXPECT_EQ(node.ctl({"reload"}).code, 0);
    EXPECT_TRUE(logged("the key in use is kept, but a restart would fail: there is no key file"));
    write_key(key, "another");
    drop_in(pinned("n1", "another"));
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(node.ctl({"reload"}).out, "restart the daemon for the new keys, key_file\n");
    EXPECT_EQ(node.state(), "synchronized");
}

TEST_F(Reload, TheLogLevelHoldsUntilTheNextReload) {
    ASSERT_EQ(node.ctl({"loglevel", "error"}).code, 0);
    EXPECT_TRUE(logged("asked to log at level error by user"));
    const std::size_t quiet = node.log().size();
    ASSERT_EQ(cluster["n2"].stop(), 0);
    EXPECT_TRUE(
        wait_until(Seconds{5}, [this] { return text(node.member("n2"), "state") == "left"; }));
    EXPECT_EQ(node.log().size(), quiet) << node.log().substr(quiet);
    ASSERT_EQ(node.ctl({"reload"}).code, 0);
    cluster["n2"].start();
    EXPECT_TRUE(wait_until(Seconds{5}, [this, quiet] {
        return node.log().find("n2 joined", quiet) != std::string::npos;
    }));
}

}  // namespace
}  // namespace berkeley::test
