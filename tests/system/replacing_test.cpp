// A candidate is replaced, or gets another key, by the steps of berkeleyd(8), while the others lead
// and time goes on.
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/node_keys.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/identity.hpp"
#include "tests/system/support/waiting.hpp"

namespace berkeley::test {
namespace {

constexpr double kApart_ns = 2e6;  // on a busy machine

std::string slurp(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

class Replacing : public testing::Test {
  protected:
    void SetUp() override {
        for (const char* name : {"n1", "n2", "n3", "n4"})
            cluster[name].start();
        for (const char* name : {"n1", "n2", "n3", "n4"})
            ASSERT_TRUE(cluster[name].synchronized(Seconds{40})) << name;
        ASSERT_EQ(text(cluster["n4"].status(), "master"), "n1");
    }

    // In the configuration of all nodes, as an editor would.
    void edit(const std::string& before, const std::string& after) const {
        for (const auto& node : cluster.nodes()) {
            std::string config = slurp(node->config());
            const std::size_t at = config.find(before);
            ASSERT_NE(at, std::string::npos) << before << " in\n" << config;
            config.replace(at, before.size(), after);
            std::ofstream(node->config()) << config;
        }
    }

    std::string entry(const std::string& name) const {
        return fmt::format("\"{}=127.0.0.1:{}\"", name, cluster.port(name));
    }

    // One after another; after each there is a master, and the clock goes on.
    void restart(const std::vector<std::string>& names) const {
        for (const std::string& name : names) {
            EXPECT_EQ(cluster[name].stop(), 0) << cluster[name].log();
            cluster[name].start();
            EXPECT_TRUE(cluster[name].synchronized(Seconds{30}))
                << name << ": " << text(cluster[name].status(), "reason");
            EXPECT_EQ(number(cluster[name].status(), "epoch"), 1) << name;
        }
    }

    void expect_one_cluster(const std::vector<std::string>& names) const {
        std::vector<const NodeProcess*> nodes;
        for (const std::string& name : names) {
            EXPECT_TRUE(wait_until(Seconds{20},
                                   [&] {
                                       return cluster[name].state() == "synchronized" &&
                                              text(cluster[name].status(), "master") ==
                                                  text(cluster[names[0]].status(), "master");
                                   }))
                << name << ": " << text(cluster[name].status(), "reason");
            EXPECT_EQ(number(cluster[name].status(), "epoch"), 1) << name;
            nodes.push_back(&cluster[name]);
        }
        EXPECT_LT(static_cast<double>(spread_ns(nodes)), kApart_ns);
    }

    // By another candidate than it came in by.
    void certify_anew(const std::string& member, const std::string& candidate) const {
        const Outcome made =
            run({built("berkeleyctl"), "certify", "--config", cluster[candidate].config(), member,
                 to_text(public_key(member))});
        ASSERT_EQ(made.code, 0) << made.err;
        cluster.folder().write(member + ".cert", made.out);
        restart({member});
    }

    Cluster cluster{{.nodes = {{.name = "n1", .offset_ms = 3},
                               {.name = "n2", .offset_ms = -4},
                               {.name = "n3", .offset_ms = 5},
                               {.name = "n4", .offset_ms = -2},
                               {.name = "n5", .offset_ms = 1}},
                     .step_threshold = kStepAtOnce,
                     .candidates = 3}};
};

// n1 let all the others in, and leads.
TEST_F(Replacing, ACandidateThatIsGone) {
    certify_anew("n4", "n2");
    EXPECT_EQ(cluster["n1"].stop(), 0);
    const std::string old_line = fmt::format("[{}, {}, {}]", entry("n1"), entry("n2"), entry("n3"));
    const std::string new_line = fmt::format("[{}, {}, {}]", entry("n2"), entry("n3"), entry("n5"));
    const std::string old_config = slurp(cluster["n1"].config());
    edit(old_line, new_line);
    edit(pinned("n1"), pinned("n5"));
    restart({"n2", "n3"});
    expect_one_cluster({"n2", "n3", "n4"});
    restart({"n4"});
    expect_one_cluster({"n2", "n3", "n4"});
    cluster["n5"].start();
    EXPECT_TRUE(cluster["n5"].synchronized(Seconds{30}));
    expect_one_cluster({"n2", "n3", "n4", "n5"});

    // It is one of three now: without either of the others there is a master.
    EXPECT_EQ(cluster["n2"].stop(), 0);
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        const std::string master = text(cluster["n4"].status(), "master");
        return !master.empty() && master != "n2";
    }));
    expect_one_cluster({"n3", "n4", "n5"});

    // And the old one is nobody, whatever it has on its disk.
    std::ofstream(cluster["n1"].config()) << old_config;
    cluster["n1"].start();
    EXPECT_FALSE(wait_until(Seconds{8}, [this] {
        return text(cluster["n1"].status(), "role") == "master" ||
               !text(cluster["n1"].status(), "master").empty();
    }));
    expect_one_cluster({"n3", "n4", "n5"});
}

// Its votes stay on its disk: it is the same candidate by another key.
TEST_F(Replacing, TheKeyOfACandidate) {
    certify_anew("n4", "n2");
    EXPECT_EQ(cluster["n1"].stop(), 0);
    write_key(cluster.key_file("n1"), "the new key of n1");
    edit(pinned("n1"), pinned("n1", "the new key of n1"));
    restart({"n2", "n3"});
    expect_one_cluster({"n2", "n3", "n4"});
    restart({"n4"});
    cluster["n1"].start();
    EXPECT_TRUE(cluster["n1"].synchronized(Seconds{30}));
    expect_one_cluster({"n1", "n2", "n3", "n4"});
    NodeProcess& master = cluster[text(cluster["n4"].status(), "master")];
    EXPECT_TRUE(
        wait_until(Seconds{20}, [&master] { return master.ctl({"handover", "n1"}).code == 0; }))
        << "as soon as it has voted for the master: " << master.ctl({"handover", "n1"}).err;
    EXPECT_TRUE(
        wait_until(Seconds{20}, [this] { return text(cluster["n4"].status(), "master") == "n1"; }));
}

// The daemon says which step was left out.
TEST_F(Replacing, AMemberWhoseCertificateIsNoGoodAnyMoreIsToldSo) {
    EXPECT_EQ(cluster["n1"].stop(), 0);
    edit(pinned("n1"), pinned("n1", "the new key of n1"));
    EXPECT_EQ(cluster["n4"].stop(), 0);
    try {
        cluster["n4"].start();
        ADD_FAILURE() << "it starts";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("was issued by none of the candidates"),
                  std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace berkeley::test
