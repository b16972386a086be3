// A master that moves to another address: its members follow where its name leads.
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

constexpr std::string_view kHost = "leader.test";

class Candidates : public testing::Test {
  protected:
    Candidates() {
        hosts("127.0.0.2");
        master_listens_on("127.0.0.2");
    }

    void hosts(const std::string& address) const {
        cluster.folder().write("hosts", fmt::format("{} {}\n", address, kHost));
    }
    void master_listens_on(const std::string& address) const {
        std::filesystem::create_directories(cluster.folder() / "n1.toml.d");
        cluster.folder().write("n1.toml.d/listen.toml",
                               fmt::format("listen = \"{}:{}\"\n", address, port));
    }

    // With an /etc/hosts of its own.
    void start_member() const {
        const std::string file = (cluster.folder() / "hosts").string();
        member.start({}, {"unshare", "--mount", "sh", "-c",
                          "mount --bind " + file + " /etc/hosts && exec \"$@\"", "sh"});
    }

    // Killed, it does not say goodbye.
    void move_master(const std::string& address) const {
        master.kill();
        master_listens_on(address);
        master.start();
    }

    std::uint16_t port = free_port();
    Cluster cluster{
        {.nodes = {{.name = "n1", .port = port},
                   {.name = "n2", .offset_ms = 5, .candidate = fmt::format("{}:{}", kHost, port)}},
         .step_threshold = kStepAtOnce}};
    NodeProcess& master = cluster["n1"];
    NodeProcess& member = cluster["n2"];
};

TEST_F(Candidates, AreFollowedToWhereTheirNameLeads) {
    BERKELEYD_REQUIRE(is_root(), "needs root for an /etc/hosts of its own");
    start_member();
    master.start();
    ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    EXPECT_EQ(text(member.member("n1"), "address"), fmt::format("127.0.0.2:{}", port));

    // In touch with the old address, which falls silent.
    hosts("127.0.0.3");
    const Stopwatch watch;
    move_master("127.0.0.3");
    ASSERT_TRUE(wait_until(Seconds{5}, [this] { return member.state() == "holdover"; }));
    EXPECT_TRUE(wait_until(Seconds{20}, [this] { return member.state() == "synchronized"; }));
    EXPECT_LT(watch.seconds(), 15);
    EXPECT_EQ(text(member.member("n1"), "address"), fmt::format("127.0.0.3:{}", port));
    EXPECT_LT(spread_ns(cluster), 1'000'000);
}

TEST_F(Candidates, OfTwoAddressesTheOneThatAnswersIsFound) {
    BERKELEYD_REQUIRE(is_root(), "needs root for an /etc/hosts of its own");
    // The first is preferred, as it is the member's own; at that port nobody listens there.
    cluster.folder().write("hosts", fmt::format("127.0.0.1 {0}\n127.0.0.2 {0}\n", kHost));
    start_member();
    EXPECT_EQ(text(member.member("n1"), "address"), fmt::format("127.0.0.1:{}", port));
    master.start();
    EXPECT_TRUE(member.synchronized(Seconds{25}));
    EXPECT_EQ(text(member.member("n1"), "address"), fmt::format("127.0.0.2:{}", port));
}

TEST_F(Candidates, AreFoundAtTheAddressOfAReload) {
    std::filesystem::create_directories(cluster.folder() / "n2.toml.d");
    const auto told = [this](const std::string& address) {
        cluster.folder().write("n2.toml.d/c.toml",
                               fmt::format("candidates = [\"n1={}:{}\"]\n", address, port));
    };
    told("127.0.0.2");
    cluster.start();
    ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    move_master("127.0.0.3");
    told("127.0.0.3");
    EXPECT_EQ(member.ctl({"reload"}).out, "the daemon goes by the new candidates now\n");
    EXPECT_TRUE(wait_until(Seconds{10}, [this] {
        return text(member.member("n1"), "address") == fmt::format("127.0.0.3:{}", port) &&
               member.state() == "synchronized";
    }));
}

}  // namespace
}  // namespace berkeley::test
