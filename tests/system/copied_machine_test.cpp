// A machine that was copied, key, certificate, configuration and state, and runs beside the
// original at another address.
#include <fstream>
#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

std::size_t times(const std::string& text, std::string_view words) {
    std::size_t found = 0;
    for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
        ++found;
    return found;
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

void replace(std::string& text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what << " in\n" << text;
    text.replace(at, what.size(), by);
}

class CopiedMachine : public testing::Test {
  protected:
    static ClusterShape shape(std::size_t candidates) {
        return {.nodes = {{"n1", 3}, {"n2", -4}, {"n3", 5}, {"n4", -6}},
                .step_threshold = kStepAtOnce,
                .candidates = candidates};
    }

    void begin(std::size_t candidates) {
        cluster.emplace(shape(candidates));
        cluster->start();
        ASSERT_TRUE(cluster->synchronized(Seconds{30}));
    }

    NodeProcess& node(std::string_view name) { return (*cluster)[name]; }

    // Its folder, beside the original's.
    void copy_and_start(const std::string& name) {
        const TemporaryFolder& folder = cluster->folder();
        std::string text = read(node(name).config());
        replace(text, fmt::format("listen = \"127.0.0.1:{}\"", cluster->port(name)),
                fmt::format("listen = \"127.0.0.1:{}\"", port));
        for (const char* suffix : {".sock\"", "\"", ".key\"", ".cert\""}) {
            const std::string file = (folder / name).string();
            replace(text, file + suffix, (folder / "copy").string() + suffix);
        }
        folder.write("copy.toml", text);
        for (const char* suffix : {"", ".key", ".cert"})
            std::filesystem::copy(folder / (name + suffix), folder / ("copy" + std::string(suffix)),
                                  std::filesystem::copy_options::recursive);
        copy.emplace(folder, "copy");
        copy->start();
    }

    bool copy_says(std::string_view words) {
        return text(copy->status(), "reason").find(words) != std::string::npos;
    }

    void expect_told_apart(const std::string& master, const std::string& name) {
        EXPECT_TRUE(wait_until(Seconds{10}, [this] {
            return copy_says("another machine has this node's key, too");
        })) << copy->log();
        const std::string both =
            fmt::format("127.0.0.1:{} and 127.0.0.1:{}", cluster->port(name), port);
        const auto of_master = [&] { return text(node(master).member(name), "reason"); };
        EXPECT_TRUE(wait_until(Seconds{3}, [&] {
            return of_master().find("came with its key, " + both) != std::string::npos;
        })) << of_master();
        EXPECT_EQ(text(node(master).member(name), "state"), "excluded");
        EXPECT_NE(node(master).ctl({"status"}).out.find("another machine came with its key"),
                  std::string::npos);
        const auto of_first = [&] { return text(node(name).status(), "reason"); };
        EXPECT_TRUE(wait_until(Seconds{3}, [&] {  // by its next poll
            return of_first().find("another machine came to " + master) != std::string::npos;
        })) << of_first();
        EXPECT_NE(node(master).log().find(name + " is on two machines: " + both),
                  std::string::npos);
    }

    // As time goes on: once told, and the first's clock follows.
    void expect_quiet(const std::string& master, const std::string& name) {
        const std::string before = node(name).log();
        wait_until(Seconds{8}, [] { return false; });
        EXPECT_EQ(node(name).log(), before);
        EXPECT_EQ(node(name).state(), "synchronized");
        EXPECT_EQ(times(node(master).log(), "is on two machines"), 1U);
        EXPECT_EQ(times(node(name).log() + copy->log(), "fell silent"), 0U);
        EXPECT_EQ(times(copy->log(), "does not let this node in"), 1U);
        EXPECT_TRUE(copy_says("another machine has this node's key, too"));
    }

    void TearDown() override {
        if (HasFailure() && copy)
            std::cout << "---- log of the copy\n" << copy->log();
    }

    std::optional<Cluster> cluster;
    std::optional<NodeProcess> copy;
    std::uint16_t port = free_port();
};

TEST_F(CopiedMachine, IsNamedAndNotLetInAndTheOriginalGoesOn) {
    begin(1);
    copy_and_start("n3");
    expect_told_apart("n1", "n3");
    expect_quiet("n1", "n3");
    // Restarted, it is told the same.
    copy->stop();
    copy->start();
    EXPECT_TRUE(wait_until(Seconds{10}, [this] { return copy_says("another machine has"); }));
    EXPECT_EQ(times(node("n1").log(), "is on two machines"), 1U);
    EXPECT_EQ(times(copy->log(), "has answered"), 0U);
    // The original is taken away.
    copy->stop();
    node("n3").stop();
    copy->start();
    EXPECT_TRUE(copy->synchronized(Seconds{20})) << copy->log();
    EXPECT_EQ(text(node("n1").member("n3"), "address"), fmt::format("127.0.0.1:{}", port));
    EXPECT_FALSE(copy_says("another machine"));
}

TEST_F(CopiedMachine, IsNamedIfItIsACandidates) {
    begin(3);
    const std::string master = text(node("n4").status(), "master");
    const std::string name = master == "n2" ? "n3" : "n2";
    copy_and_start(name);
    expect_told_apart(master, name);
    expect_quiet(master, name);
}

}  // namespace
}  // namespace berkeley::test
